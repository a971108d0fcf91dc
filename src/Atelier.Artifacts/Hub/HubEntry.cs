namespace Atelier.Artifacts.Hub;

/// <summary>Describes one file or folder of a repository at one commit.</summary>
/// <param name="Path">Its path, with <c>/</c> between folders; it has been checked.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="ByteCount">Its size.</param>
/// <param name="BlobId">The Git id of what the repository itself holds: for a large file that is only a pointer.</param>
public sealed record HubEntry(string Path, bool IsFolder, long ByteCount, string BlobId)
{
    /// <summary>Gives the SHA-256 of a file that is kept outside the repository, or null.</summary>
    /// <value>Default: null.</value>
    public string? LfsSha256 { get; init; }

    /// <summary>Gives the hash under which the newer storage knows the file, or null. It is only kept for other readers of the cache.</summary>
    /// <value>Default: null.</value>
    public string? XetHash { get; init; }

    /// <summary>Gives the id of the content, which is also the name of the file in the cache.</summary>
    public string ContentId => LfsSha256 ?? BlobId;
}
