namespace Atelier.Artifacts.Hub;

/// <summary>Describes a file in the cache that is not what it should be.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Path">The file or link.</param>
/// <param name="Problem">What is wrong, in one line.</param>
public sealed record HubCacheFault(HubRepositoryId Repository, string Path, string Problem);
