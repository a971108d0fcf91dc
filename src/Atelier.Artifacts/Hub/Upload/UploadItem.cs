namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Holds one path of an upload and what became known of it on the way.</summary>
/// <param name="Path">The path in the repository.</param>
/// <param name="Source">Its content.</param>
internal sealed record UploadItem(string Path, UploadSource Source)
{
    /// <summary>Says whether the hub keeps the content outside the repository.</summary>
    /// <value>Default: false.</value>
    public bool IsLarge { get; init; }

    /// <summary>Says whether the hub leaves the path out.</summary>
    /// <value>Default: false.</value>
    public bool IsIgnored { get; init; }

    /// <summary>Gives the id of what the repository holds under the path now, or null.</summary>
    /// <value>Default: null.</value>
    public string? PresentId { get; init; }

    /// <summary>Gives the id of the content: SHA-256 where it is large, else Git's.</summary>
    /// <value>Default: empty until it is hashed.</value>
    public string ContentId { get; init; } = "";

    /// <summary>Says whether the repository holds the same content already.</summary>
    public bool IsUnchanged => ContentId.Length > 0 && ContentId == PresentId;

    /// <summary>Says whether the path goes into the commit.</summary>
    public bool IsSent => !IsIgnored && !IsUnchanged;
}
