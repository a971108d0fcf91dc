using Atelier.Artifacts.Tensors;

namespace Atelier.Tests.Shared;

/// <summary>A tensor as a network's state has it when it is saved: a view of a storage.</summary>
internal sealed record SavedTensor(string Name, ElementType ElementType, string Key, byte[] Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>A tensor with a storage of its own.</summary>
    public static SavedTensor Whole(string name, ElementType type, byte[] bytes, params long[] shape) => new(name, type, name, bytes, 0, shape, Contiguous(shape));

    /// <summary>All tensors of a file, each with a storage of its own.</summary>
    public static List<SavedTensor> All(ITensorSource source) =>
        [.. source.Entries.Values.Select((entry, index) => Whole(entry.Name, entry.ElementType, source.Bytes(entry).ToArray(), [.. entry.Shape]) with { Key = index.ToString() })];

    private static long[] Contiguous(long[] shape)
    {
        var (strides, stride) = (new long[shape.Length], 1L);
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return strides;
    }
}
