namespace Atelier.Artifacts.Hub;

/// <summary>
/// Says what deleting commits from the cache would free, and does it when told to. Only links, and contents that no other commit needs, are deleted; no link is followed.
/// </summary>
public sealed class HubCacheDeletion
{
    private readonly IReadOnlyList<string> _paths;

    internal HubCacheDeletion(IReadOnlyList<HubCacheRevision> revisions, long freedByteCount, IReadOnlyList<string> paths)
        => (Revisions, FreedByteCount, _paths) = (revisions, freedByteCount, paths);

    /// <summary>Gives the commits that are deleted.</summary>
    public IReadOnlyList<HubCacheRevision> Revisions { get; }

    /// <summary>Gives how much room becomes free.</summary>
    public long FreedByteCount { get; }

    /// <summary>Gives the files, links and folders that are deleted, in this order: names first and contents last, so that an interruption leaves no name without its content.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Deletes them. What has vanished meanwhile is no fault.</summary>
    /// <exception cref="HubException">Something can't be deleted.</exception>
    public void Execute()
    {
        foreach (var path in _paths)
        {
            try
            {
                Delete(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new HubException(HubErrorKind.Disk, $"'{path}' can't be deleted: {HubText.Shown(exception.Message)}", exception);
            }
        }
    }

    private static void Delete(string path)
    {
        var folder = new DirectoryInfo(path);
        if (folder.LinkTarget is not null || !folder.Exists)
        {
            File.Delete(path);
            return;
        }

        try
        {
            // A link in it is deleted and not followed.
            folder.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }
}
