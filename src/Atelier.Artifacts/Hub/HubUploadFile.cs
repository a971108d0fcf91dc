namespace Atelier.Artifacts.Hub;

/// <summary>Names a file of this machine and where it goes.</summary>
/// <param name="RepositoryPath">The path in the repository, with <c>/</c> between folders.</param>
/// <param name="LocalPath">The file.</param>
public sealed record HubUploadFile(string RepositoryPath, string LocalPath);
