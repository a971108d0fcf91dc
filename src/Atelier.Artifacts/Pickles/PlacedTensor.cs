using System.Collections.Immutable;
using Atelier.Artifacts.Tensors;

namespace Atelier.Artifacts.Pickles;

/// <summary>A tensor whose elements are known to lie in the file.</summary>
/// <param name="Entry">What it is; its offset is that of its first element.</param>
/// <param name="Strides">How many elements of the file one step along each axis takes; null where the elements follow each other in order.</param>
internal sealed record PlacedTensor(TensorEntry Entry, ImmutableArray<long>? Strides);
