using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>A run of elements that lies outside the pickle.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="ElementType">How each element is stored.</param>
/// <param name="ElementCount">How many elements it has; together they take less than 2⁶³ bytes.</param>
internal sealed record PickledStorage(string Key, ElementType ElementType, long ElementCount)
{
    /// <summary>How many bytes the elements take.</summary>
    public long ByteCount => ElementCount * ElementType.ByteCount();
}
