using System.Collections.Immutable;

namespace Atelier.Artifacts.Tensors;

/// <summary>
/// Says what one tensor of a file is and where its bytes lie.
/// </summary>
/// <param name="Name">The tensor's name, unique in its file.</param>
/// <param name="ElementType">How each element is stored.</param>
/// <param name="Shape">The extent of every axis, none negative; empty for a single number.</param>
/// <param name="ByteOffset">Where the first byte lies, counted from the start of the file.</param>
/// <param name="ByteCount">How many bytes the elements take: the product of the shape times the element's size.</param>
public sealed record TensorEntry(string Name, ElementType ElementType, ImmutableArray<long> Shape, long ByteOffset, long ByteCount)
{
    /// <summary>Gives the number of elements: the product of the shape, 1 for a single number.</summary>
    public long ElementCount => ByteCount / ElementType.ByteCount();

    /// <summary>Compares every property, the shape axis by axis.</summary>
    /// <param name="other">The entry to compare with.</param>
    /// <returns>Whether both describe the same tensor at the same place.</returns>
    public bool Equals(TensorEntry? other) => other is not null
        && string.Equals(Name, other.Name, StringComparison.Ordinal)
        && ElementType == other.ElementType
        && ByteOffset == other.ByteOffset
        && ByteCount == other.ByteCount
        && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <summary>Computes a hash of the name and the place.</summary>
    /// <returns>The hash; equal entries have equal ones.</returns>
    public override int GetHashCode() => HashCode.Combine(Name, ElementType, ByteOffset, ByteCount);

    /// <summary>Writes the entry in one line, such as <c>conv_in.weight F32 [16, 4, 3, 3]</c>.</summary>
    /// <returns>The line.</returns>
    public override string ToString() => $"{Name} {ElementType.WrittenName()} [{string.Join(", ", Shape)}]";
}
