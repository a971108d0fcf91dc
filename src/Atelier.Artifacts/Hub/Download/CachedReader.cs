using Atelier.Artifacts.Hub.Cache;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Answers from the cache alone, without any request.</summary>
internal sealed class CachedReader(HubSettings settings, IHubObserver observer)
{
    /// <summary>Finds one file.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file's path, checked.</param>
    /// <param name="cause">Why the hub can't be asked, or null in offline mode.</param>
    /// <returns>The place of the file.</returns>
    /// <exception cref="HubException">It is not in the cache, or known not to exist.</exception>
    public string File(HubRepositoryId id, HubRevision revision, string path, HubException? cause)
    {
        var folder = new RepositoryFolder(settings.CacheFolder, id);
        var commit = folder.ReadRef(revision);
        if (commit is not null && folder.Find(commit, path) is { } place)
        {
            return place;
        }

        return commit is not null && folder.IsKnownMissing(commit, path)
            ? throw new HubException(HubErrorKind.EntryNotFound, $"There is no '{HubText.Shown(path)}' in {id} at revision '{revision}': the hub said so when it was last asked.", cause)
            : throw NotCached(id, revision, $"'{HubText.Shown(path)}'", cause);
    }

    /// <summary>Finds a pipeline, whole.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="cause">Why the hub can't be asked, or null in offline mode.</param>
    /// <returns>The snapshot, and warnings about the choice.</returns>
    /// <exception cref="HubException">A file is not in the cache; the message lists those that are missing.</exception>
    public (HubSnapshot Snapshot, IReadOnlyList<string> Warnings) Pipeline(HubRepositoryId id, HubPipelineRequest request, HubException? cause)
    {
        var folder = new RepositoryFolder(settings.CacheFolder, id);
        if (folder.ReadRef(request.Revision) is not { } commit || folder.Find(commit, ModelIndex.FileName) is not { } indexPath)
        {
            throw NotCached(id, request.Revision, $"'{ModelIndex.FileName}'", cause);
        }

        var listing = CachedTree.Read(folder, commit);
        PipelineSelection selection;
        try
        {
            selection = PipelineFiles.Select(listing is null ? Present(folder, commit) : [.. listing.Select(entry => entry.Path)], Index(indexPath), request);
        }
        catch (HubException exception) when (listing is null && exception.Kind == HubErrorKind.Unsuitable)
        {
            // Without a listing, what is not there may only not have been fetched.
            throw NotCached(id, request.Revision, "the whole pipeline", cause).With(exception.Message);
        }

        var sizes = listing?.ToDictionary(entry => entry.Path, entry => entry.ByteCount, StringComparer.Ordinal);
        var missing = selection.Files.Where(path => folder.Find(commit, path, sizes?.GetValueOrDefault(path)) is null).ToList();
        return missing.Count == 0
            ? (new HubSnapshot(id, commit, folder.Snapshot(commit), selection.Files), selection.Warnings)
            : throw NotCached(id, request.Revision, HubText.List([.. missing.Select(path => $"'{path}'")]), cause);
    }

    /// <summary>Finds the files that a choice takes.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="choose">Chooses among all paths.</param>
    /// <param name="cause">Why the hub can't be asked, or null in offline mode.</param>
    /// <returns>The snapshot.</returns>
    /// <exception cref="HubException">A file, or the revision, is not in the cache.</exception>
    public HubSnapshot Files(HubRepositoryId id, HubRevision revision, Func<IReadOnlyCollection<string>, IReadOnlyList<string>> choose, HubException? cause)
    {
        var folder = new RepositoryFolder(settings.CacheFolder, id);
        if (folder.ReadRef(revision) is not { } commit || !Directory.Exists(folder.Snapshot(commit)))
        {
            throw NotCached(id, revision, "this revision", cause);
        }

        var sizes = CachedTree.Read(folder, commit)?.ToDictionary(entry => entry.Path, entry => entry.ByteCount, StringComparer.Ordinal);
        IReadOnlyList<string> chosen;
        try
        {
            chosen = choose(sizes is null ? Present(folder, commit) : [.. sizes.Keys]);
        }
        catch (HubException exception) when (sizes is null && exception.Kind is HubErrorKind.Unsuitable or HubErrorKind.EntryNotFound)
        {
            throw NotCached(id, revision, "the file", cause).With(exception.Message);
        }

        if (sizes is null)
        {
            observer.Warn($"The cache has no listing of {id} at {commit}: whether its {chosen.Count} files there are all that were meant can't be told.");
        }

        var missing = chosen.Where(path => folder.Find(commit, path, sizes?.GetValueOrDefault(path)) is null).ToList();
        return missing.Count == 0
            ? new HubSnapshot(id, commit, folder.Snapshot(commit), chosen)
            : throw NotCached(id, revision, HubText.List([.. missing.Select(path => $"'{path}'")]), cause);
    }

    /// <summary>Reads a pipeline's index, as an error of the repository where it is malformed.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The index.</returns>
    public static ModelIndex Index(string path)
    {
        try
        {
            return ModelIndex.Read(path);
        }
        catch (InvalidDataException exception)
        {
            throw new HubException(HubErrorKind.Unsuitable, $"The repository's {ModelIndex.FileName} is malformed: {HubText.Shown(exception.Message)}", exception);
        }
    }

    private HubException NotCached(HubRepositoryId id, HubRevision revision, string what, HubException? cause)
    {
        var reason = cause is null
            ? $"{settings.OfflineReason} forbids asking the hub: unset it to fetch"
            : $"the hub can't be asked: {cause.Message.TrimEnd('.')}";
        return new HubException(HubErrorKind.NotCached, $"{what} of {id} at revision '{revision}' is not in the cache {settings.CacheFolder}, and {reason}.", cause);
    }

    private static List<string> Present(RepositoryFolder folder, string commit)
    {
        var start = folder.Snapshot(commit);
        return Directory.Exists(start)
            ? [.. CacheFiles.Enumerate(start).Select(file => Path.GetRelativePath(start, file).Replace(Path.DirectorySeparatorChar, '/')).Where(path => HubPaths.Fault(path) is null && folder.Find(commit, path) is not null)]
            : [];
    }
}
