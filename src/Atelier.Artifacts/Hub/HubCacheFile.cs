namespace Atelier.Artifacts.Hub;

/// <summary>Names a file of a repository in the cache.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Path">The file's path in the repository.</param>
public sealed record HubCacheFile(string Commit, string Path);
