namespace Atelier.Artifacts.Pickles;

/// <summary>What a file of PyTorch holds.</summary>
/// <param name="Root">The value that was saved.</param>
/// <param name="StorageOffsets">Where each storage that the value refers to begins in the file, by its key; all of it lies in the file.</param>
internal sealed record PickleContent(object? Root, IReadOnlyDictionary<string, long> StorageOffsets);
