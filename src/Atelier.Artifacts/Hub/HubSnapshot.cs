namespace Atelier.Artifacts.Hub;

/// <summary>Says where files of a repository are.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit that they belong to.</param>
/// <param name="Folder">The folder in the cache that holds them under their paths. It may hold other files of the commit too.</param>
/// <param name="Files">The paths of the files that were asked for; all are there.</param>
public sealed record HubSnapshot(HubRepositoryId Repository, string Commit, string Folder, IReadOnlyList<string> Files);
