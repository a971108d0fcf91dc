using Atelier.Artifacts.Hub.Cache;
using Atelier.Artifacts.Hub.Download;

namespace Atelier.Artifacts.Hub;

/// <summary>Looks after the cache that is shared with Python: lists what is there, verifies hashes, deletes commits and what belongs to none.</summary>
public sealed class HubCache
{
    private readonly string _folder;

    /// <summary>Names the cache. Nothing is created.</summary>
    /// <param name="folder">The cache's folder, <see cref="HubSettings.CacheFolder"/>.</param>
    public HubCache(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = Path.GetFullPath(folder);
    }

    /// <summary>Finds out whether the cache can be read, and whether more can be fetched into it.</summary>
    /// <returns>What was found; nothing is created that stays.</returns>
    public HubCacheCondition Examine() => CacheExamination.Run(_folder, DiskFaults.FreeByteCount);

    /// <summary>Lists the repositories.</summary>
    /// <returns>The repositories of models, in the order of their ids.</returns>
    /// <exception cref="HubException">The cache can't be read.</exception>
    public IReadOnlyList<HubCacheRepository> List() => [.. Scan().Select(scan => scan.Describe())];

    /// <summary>Hashes the contents again and compares them with their names.</summary>
    /// <param name="id">The repository; null means all.</param>
    /// <param name="progress">Hears of each file before it is hashed, or null.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="HubException">The cache can't be read.</exception>
    public HubCacheCheck Verify(HubRepositoryId? id = null, Action<string>? progress = null, CancellationToken cancellation = default)
    {
        var checks = Scan().Where(scan => id is null || scan.Id == id).Select(scan => (Scan: scan, Check: scan.Verify(progress, cancellation))).ToList();
        return new HubCacheCheck(
            checks.Sum(pair => pair.Check.CheckedCount),
            checks.Sum(pair => pair.Check.UncheckedCount),
            [.. checks.SelectMany(pair => pair.Check.Faults.Select(fault => fault with { Files = pair.Scan.FilesOf(fault.Path) }))]);
    }

    /// <summary>Finds what deleting would free. Nothing is deleted until the plan is executed.</summary>
    /// <param name="isDeleted">Says of each commit in the cache whether it is deleted. Where all commits of a repository are, its whole folder is.</param>
    /// <param name="isFreed">Says of each repository whether it loses what belongs to no commit, too; null means none does.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="HubException">The cache can't be read.</exception>
    public HubCacheDeletion PlanDeletion(Func<HubCacheRevision, bool> isDeleted, Func<HubRepositoryId, bool>? isFreed = null)
    {
        ArgumentNullException.ThrowIfNull(isDeleted);
        return HubCacheDeletion.Join([.. Scan().Select(scan => scan.PlanDeletion(isDeleted, isFreed?.Invoke(scan.Id) == true))]);
    }

    private List<RepositoryScan> Scan()
    {
        try
        {
            return Directory.Exists(_folder)
                ? [.. new DirectoryInfo(_folder).EnumerateDirectories("models--*").Where(folder => folder.LinkTarget is null).Select(folder => RepositoryScan.Read(_folder, folder.Name)).OfType<RepositoryScan>().OrderBy(scan => scan.Id.ToString(), StringComparer.Ordinal)]
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubErrorKind.Disk, $"The cache {_folder} can't be read: {HubText.Shown(exception.Message)}", exception);
        }
    }
}
