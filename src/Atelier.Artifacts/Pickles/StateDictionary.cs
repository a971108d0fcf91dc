using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>Finds the tensors in what a file of PyTorch holds, and checks that each lies in its storage.</summary>
internal sealed class StateDictionary
{
    /// <summary>How often the tensors may use the file's bytes on average; only tensors that share a storage use them more than once.</summary>
    public const int MaximumSharing = 4;

    // PyTorch's own limit on axes.
    private const int MaximumRank = 64;
    private const string NestedKey = "state_dict";

    private readonly PickleContent _content;
    private readonly string _fileName;

    private StateDictionary(PickleContent content, string fileName)
    {
        _content = content;
        _fileName = fileName;
    }

    /// <summary>Reads the tensors.</summary>
    /// <param name="content">A dictionary of tensors, or one that has such a dictionary as <c>state_dict</c>.</param>
    /// <param name="fileByteCount">The length of the file.</param>
    /// <param name="fileName">What error messages call the file.</param>
    /// <returns>The tensors by name, in the dictionary's order.</returns>
    /// <exception cref="TensorFileException">The value is another one, or a tensor does not lie in its storage.</exception>
    public static OrderedDictionary<string, PlacedTensor> Read(PickleContent content, long fileByteCount, string fileName) => new StateDictionary(content, fileName).Read(fileByteCount);

    private OrderedDictionary<string, PlacedTensor> Read(long fileByteCount)
    {
        if (_content.Root is not PickledDictionary root)
        {
            throw new TensorFileException(_fileName, tensorName: null, "it holds no dictionary of tensors.");
        }

        var tensors = new OrderedDictionary<string, PlacedTensor>(StringComparer.Ordinal);
        Int128 byteCount = 0;
        foreach (var (key, value) in (root.Find(NestedKey) as PickledDictionary ?? root).Pairs)
        {
            if (key is not string name)
            {
                throw new TensorFileException(_fileName, tensorName: null, "a key of its dictionary is no text.");
            }

            if (value is not PickledTensor tensor)
            {
                Fail(name, "is no tensor");
                break;
            }

            var placed = Place(name, tensor);
            if (!tensors.TryAdd(name, placed))
            {
                Fail(name, "the dictionary holds this name twice");
            }

            byteCount += placed.Entry.ByteCount;
            if (byteCount > (Int128)fileByteCount * MaximumSharing)
            {
                Fail(name, $"with it the tensors take more than {MaximumSharing} times the bytes of the file");
            }
        }

        return tensors;
    }

    private PlacedTensor Place(string name, PickledTensor tensor)
    {
        if (tensor.Shape.Length > MaximumRank || tensor.Strides.Length != tensor.Shape.Length)
        {
            Fail(name, $"it has {tensor.Shape.Length} axes and {tensor.Strides.Length} strides; there are as many of both, and at most {MaximumRank}");
        }

        var (shape, strides) = (Integers(name, "shape", tensor.Shape), Integers(name, "strides", tensor.Strides));
        var type = tensor.Storage.ElementType;
        if (TensorExtent.Measure(type, shape.AsSpan(), out var byteCount) is { } problem)
        {
            throw new TensorFileException(_fileName, name, problem);
        }

        // Each product has at most 126 bits, and the sum stops before it has more.
        var end = tensor.Offset;
        for (var axis = 0; axis < shape.Length && byteCount > 0 && end >= 0 && end < tensor.Storage.ElementCount; axis++)
        {
            end += (Int128)(shape[axis] - 1) * strides[axis];
        }

        if (tensor.Offset < 0 || end > tensor.Storage.ElementCount - (byteCount > 0 ? 1 : 0))
        {
            Fail(name, $"its elements {tensor.Offset} to {end} do not lie in its storage '{TensorFileException.Shown(tensor.Storage.Key)}' of {tensor.Storage.ElementCount}");
        }

        var entry = new TensorEntry(name, type, shape, _content.StorageOffsets[tensor.Storage.Key] + ((long)tensor.Offset * type.ByteCount()), byteCount);
        return new PlacedTensor(entry, byteCount == 0 || AreContiguous(shape, strides) ? null : RequireDistinct(name, shape, strides));
    }

    private ImmutableArray<long> Integers(string name, string kind, object?[] values)
    {
        var integers = ImmutableArray.CreateBuilder<long>(values.Length);
        foreach (var value in values)
        {
            if (value is not Int128 integer || integer < 0 || integer > long.MaxValue)
            {
                Fail(name, $"its {kind} are not integers from 0 to 2⁶³ − 1");
                break;
            }

            integers.Add((long)integer);
        }

        return integers.DrainToImmutable();
    }

    private static bool AreContiguous(ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        Int128 expected = 1;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            if (shape[axis] != 1 && strides[axis] != expected)
            {
                return false;
            }

            expected *= shape[axis];
        }

        return true;
    }

    // From the shortest stride to the longest, each must lead past all elements that the shorter ones reach: then no two are the same, and a copy is no longer than the storage.
    private ImmutableArray<long> RequireDistinct(string name, ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        Int128 reach = 0;
        foreach (var (stride, extent) in strides.Zip(shape).Where(static pair => pair.Second > 1).OrderBy(static pair => pair.First))
        {
            if (stride <= reach)
            {
                Fail(name, "several of its elements are the same in its storage");
            }

            reach += (Int128)(extent - 1) * stride;
        }

        return strides;
    }

    [DoesNotReturn]
    private void Fail(string name, string problem) => throw new TensorFileException(_fileName, name, $"{problem}.");
}
