namespace Atelier.Artifacts.Hub;

/// <summary>Describes one commit of a repository in the cache.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit.</param>
/// <param name="References">The branches and tags that meant it when they were last asked for.</param>
/// <param name="FileCount">How many of its files are there.</param>
/// <param name="ByteCount">How large they are; what other commits share is counted here too.</param>
/// <param name="LastModified">When its folder last changed.</param>
public sealed record HubCacheRevision(HubRepositoryId Repository, string Commit, IReadOnlyList<string> References, int FileCount, long ByteCount, DateTimeOffset LastModified);
