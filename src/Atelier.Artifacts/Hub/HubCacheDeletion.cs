using Atelier.Artifacts.Hub.Cache;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Says what deleting from the cache would free, and does it when told to. Only links, and contents that no other commit needs, are deleted; no link is followed, and no file that another process writes now is touched.
/// </summary>
public sealed class HubCacheDeletion
{
    private readonly IReadOnlyList<DeletedPath> _parts;

    internal HubCacheDeletion(IReadOnlyList<DeletedPath> parts) => _parts = parts;

    /// <summary>Gives the commits that are deleted.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<HubCacheRevision> Revisions { get; internal init; } = [];

    /// <summary>Gives the files that are deleted although they belong to no commit: transfers that broke off, contents that nothing links to.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Unused { get; internal init; } = [];

    /// <summary>Gives the files that would be among <see cref="Unused"/>, and stay because somebody writes them now.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Busy { get; internal init; } = [];

    /// <summary>Gives how much room becomes free.</summary>
    public long FreedByteCount => _parts.Sum(part => part.ByteCount);

    /// <summary>Gives the files, links and folders that are deleted, in this order: names first and contents last, so that an interruption leaves no name without its content.</summary>
    public IReadOnlyList<string> Paths => [.. _parts.Select(part => part.Path)];

    /// <summary>Deletes them. What has vanished meanwhile is no fault, and what somebody has begun to write stays.</summary>
    /// <returns>How much room has become free.</returns>
    /// <exception cref="HubException">Something can't be deleted.</exception>
    public long Execute()
    {
        var freed = 0L;
        foreach (var part in _parts)
        {
            try
            {
                freed += part.Delete();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new HubException(HubErrorKind.Disk, $"'{part.Path}' can't be deleted: {HubText.Shown(exception.Message)}", exception);
            }
        }

        return freed;
    }

    internal static HubCacheDeletion Join(IReadOnlyList<HubCacheDeletion> plans) => new([.. plans.SelectMany(plan => plan._parts)])
    {
        Revisions = [.. plans.SelectMany(plan => plan.Revisions)],
        Unused = [.. plans.SelectMany(plan => plan.Unused)],
        Busy = [.. plans.SelectMany(plan => plan.Busy)],
    };
}
