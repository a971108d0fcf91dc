namespace Atelier.Artifacts.Hub;

/// <summary>Describes a file in the cache that is not what it should be.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Path">The file or link.</param>
/// <param name="Problem">What is wrong, in one line.</param>
public sealed record HubCacheFault(HubRepositoryId Repository, string Path, string Problem)
{
    /// <summary>Gives the files of the repository that it is.</summary>
    /// <value>Default: none; so it is for a content that belongs to no commit.</value>
    public IReadOnlyList<HubCacheFile> Files { get; init; } = [];
}
