namespace Atelier.Artifacts.Hub.Download;

/// <summary>Says what a file of a repository is.</summary>
/// <param name="Commit">The commit that it was found at.</param>
/// <param name="ContentId">The id of its content.</param>
/// <param name="ByteCount">Its size.</param>
internal sealed record FileMetadata(string Commit, string ContentId, long ByteCount);
