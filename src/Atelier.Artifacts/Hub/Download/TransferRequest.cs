using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Holds the arguments of one file's transfer.</summary>
/// <param name="Address">The file's address on the hub, at a commit.</param>
/// <param name="Target">What it is, for messages.</param>
/// <param name="Metadata">What the content must be.</param>
/// <param name="PartialPath">Where the bytes go until they are verified.</param>
internal sealed record TransferRequest(Uri Address, HubTarget Target, FileMetadata Metadata, string PartialPath)
{
    /// <summary>Gives the file's path in the repository.</summary>
    public string Path => Target.Path ?? "";
}
