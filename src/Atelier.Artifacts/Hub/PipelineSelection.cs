namespace Atelier.Artifacts.Hub;

/// <summary>Says which files of a repository make up a pipeline.</summary>
/// <param name="Files">The paths.</param>
/// <param name="ShardIndexes">Those of the files that name the shards of split weights.</param>
/// <param name="Warnings">What the user should know, one line each.</param>
public sealed record PipelineSelection(IReadOnlyList<string> Files, IReadOnlyList<string> ShardIndexes, IReadOnlyList<string> Warnings);
