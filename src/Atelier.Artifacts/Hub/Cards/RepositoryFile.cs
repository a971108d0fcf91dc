namespace Atelier.Artifacts.Hub.Cards;

/// <summary>A file of this machine and its place in a repository.</summary>
/// <param name="RepositoryPath">The path in the repository, with slashes.</param>
/// <param name="LocalPath">The file.</param>
public sealed record RepositoryFile(string RepositoryPath, string LocalPath);
