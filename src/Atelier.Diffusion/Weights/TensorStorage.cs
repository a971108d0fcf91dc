using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Weights;

/// <summary>Moves tensors between libtorch and safetensors files.</summary>
public static class TensorStorage
{
    /// <summary>Copies one tensor out of a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The tensor, [...], in the file's own type on the CPU, in the caller's dispose scope.</returns>
    /// <exception cref="TensorFileException">There is no such tensor.</exception>
    public static Tensor Read(ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Entries.TryGetValue(name, out var entry) ? Read(source, entry) : throw new TensorFileException(source.FileName, name, "is not in the file.");
    }

    /// <summary>Copies one tensor out of a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="entry">One of its entries.</param>
    /// <returns>The tensor, [...], in the file's own type on the CPU, in the caller's dispose scope.</returns>
    public static Tensor Read(ITensorSource source, TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(entry);
        var tensor = empty(entry.Shape.AsSpan(), dtype: ScalarTypeOf(entry.ElementType));
        CopyBytes(source, entry, tensor);
        return tensor;
    }

    /// <summary>Copies one tensor out of a file into an existing one, converting type and device.</summary>
    /// <param name="source">The file.</param>
    /// <param name="entry">One of its entries.</param>
    /// <param name="destination">A tensor of the entry's shape, [...]; written in place, outside every graph.</param>
    public static void ReadInto(ITensorSource source, TensorEntry entry, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(destination);
        if (destination.device_type == TorchSharp.DeviceType.CPU && destination.dtype == ScalarTypeOf(entry.ElementType) && destination.is_contiguous())
        {
            CopyBytes(source, entry, destination);
            return;
        }

        using var _ = no_grad();
        using var stored = Read(source, entry);
        destination.copy_(stored);
    }

    /// <summary>Describes a tensor for <see cref="SafetensorsWriter"/>.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="tensor">The tensor, [...]; borrowed until the file is written.</param>
    /// <param name="elementType">The type to store, or null for the tensor's own.</param>
    /// <returns>The description.</returns>
    public static TensorContent Describe(string name, Tensor tensor, ScalarType? elementType = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Describe(name, tensor.shape, elementType ?? tensor.dtype, tensor.detach);
    }

    /// <summary>Describes a tensor for <see cref="SafetensorsWriter"/> that is computed when it is written.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="elementType">The type to store.</param>
    /// <param name="compute">Computes the tensor, once and outside every graph; it is disposed as soon as it is written.</param>
    /// <returns>The description.</returns>
    public static TensorContent Describe(string name, ReadOnlySpan<long> shape, ScalarType elementType, Func<Tensor> compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        return new TensorContent(name, ElementTypeOf(elementType), shape, stream =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var contiguous = compute().to(elementType).cpu().contiguous();
            if (contiguous.numel() > 0)
            {
                contiguous.WriteBytesToStream(stream);
            }
        });
    }

    /// <summary>Gives libtorch's name of an element type.</summary>
    /// <param name="elementType">The type in a file.</param>
    /// <returns>The type in libtorch.</returns>
    public static ScalarType ScalarTypeOf(ElementType elementType) => elementType switch
    {
        ElementType.F64 => ScalarType.Float64,
        ElementType.F32 => ScalarType.Float32,
        ElementType.F16 => ScalarType.Float16,
        ElementType.BF16 => ScalarType.BFloat16,
        ElementType.I64 => ScalarType.Int64,
        ElementType.I32 => ScalarType.Int32,
        ElementType.I16 => ScalarType.Int16,
        ElementType.I8 => ScalarType.Int8,
        ElementType.U8 => ScalarType.Byte,
        ElementType.Bool => ScalarType.Bool,
        _ => throw new ArgumentOutOfRangeException(nameof(elementType), elementType, "Unknown element type."),
    };

    private static ElementType ElementTypeOf(ScalarType type) =>
        Enum.GetValues<ElementType>().Cast<ElementType?>().FirstOrDefault(candidate => ScalarTypeOf(candidate!.Value) == type)
        ?? throw new NotSupportedException($"Tensors of type {type} can't be stored.");

    private static unsafe void CopyBytes(ITensorSource source, TensorEntry entry, Tensor destination)
    {
        if (entry.ByteCount > 0)
        {
            using var raw = destination.detach();
            var target = raw.bytes;
            new ReadOnlySpan<byte>(source.Locate(entry), checked((int)entry.ByteCount)).CopyTo(target);
        }
    }
}
