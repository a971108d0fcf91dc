namespace Atelier.Artifacts.Pickles;

/// <summary>What a pickle says of a tensor; only the kinds of the values have been looked at.</summary>
/// <param name="Storage">Where the elements lie.</param>
/// <param name="Offset">How many elements of the storage come before the tensor's first.</param>
/// <param name="Shape">The extents of its axes.</param>
/// <param name="Strides">How many elements of the storage one step along each axis takes.</param>
internal sealed record PickledTensor(PickledStorage Storage, Int128 Offset, object?[] Shape, object?[] Strides);
