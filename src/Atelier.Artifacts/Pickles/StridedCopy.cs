using System.Runtime.CompilerServices;

namespace Atelier.Artifacts.Pickles;

/// <summary>Copies a tensor whose elements lie in another order than that of its axes, such as a transposed matrix.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>Copies the elements in order, the last axis running fastest.</summary>
    /// <param name="source">The first element; it need not be aligned.</param>
    /// <param name="destination">Takes all elements.</param>
    /// <param name="elementByteCount">1, 2, 4 or 8.</param>
    /// <param name="shape">The extent of every axis, at least one and none 0.</param>
    /// <param name="strides">How many elements one step along each axis takes; all elements that they lead to must be readable.</param>
    public static void Copy(byte* source, byte* destination, int elementByteCount, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        switch (elementByteCount)
        {
            case sizeof(byte):
                Copy<byte>(source, destination, shape, strides);
                break;
            case sizeof(ushort):
                Copy<ushort>(source, destination, shape, strides);
                break;
            case sizeof(uint):
                Copy<uint>(source, destination, shape, strides);
                break;
            default:
                Copy<ulong>(source, destination, shape, strides);
                break;
        }
    }

    private static void Copy<T>(byte* source, byte* destination, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
        where T : unmanaged
    {
        var last = shape.Length - 1;
        Span<long> index = stackalloc long[shape.Length];
        index.Clear();
        while (true)
        {
            for (var column = 0L; column < shape[last]; column++, destination += sizeof(T))
            {
                Unsafe.CopyBlockUnaligned(destination, source + (column * strides[last] * sizeof(T)), (uint)sizeof(T));
            }

            var axis = last - 1;
            for (; axis >= 0 && index[axis] == shape[axis] - 1; axis--)
            {
                source -= index[axis] * strides[axis] * sizeof(T);
                index[axis] = 0;
            }

            if (axis < 0)
            {
                return;
            }

            index[axis]++;
            source += strides[axis] * sizeof(T);
        }
    }
}
