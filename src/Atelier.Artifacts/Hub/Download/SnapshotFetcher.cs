using Atelier.Artifacts.Hub.Cache;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Brings what is asked for: from the hub, or from the cache where the hub can't be asked.</summary>
internal sealed class SnapshotFetcher
{
    private readonly HubSettings _settings;
    private readonly IHubObserver _observer;
    private readonly HubReader _reader;
    private readonly Downloader _downloader;
    private readonly CachedReader _cached;

    /// <summary>Creates the fetcher.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="transport">The way to the hub.</param>
    /// <param name="reader">Asks the hub.</param>
    /// <param name="observer">Hears of progress and warnings.</param>
    /// <param name="time">Measures waits.</param>
    public SnapshotFetcher(HubSettings settings, HubTransport transport, HubReader reader, IHubObserver observer, TimeProvider time)
    {
        (_settings, _observer, _reader) = (settings, observer, reader);
        _downloader = new Downloader(settings, transport, reader, observer, time);
        _cached = new CachedReader(settings, observer);
    }

    /// <summary>Brings one file.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>The place of the file in the cache.</returns>
    public async Task<string> FileAsync(HubRepositoryId id, HubRevision revision, string path, CancellationToken cancellation)
    {
        HubPaths.Checked(path);
        var folder = Folder(id);
        if (revision.IsCommit && folder.Find(revision.Text, path) is { } place)
        {
            return place;
        }

        return await OrCachedAsync(
            id,
            () => _downloader.AskAsync(folder, id, revision, path, cancellation),
            metadata => _downloader.FileAsync(folder, id, revision, path, metadata, cancellation),
            cause => _cached.File(id, revision, path, cause)).ConfigureAwait(false);
    }

    /// <summary>Brings a pipeline.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>The snapshot.</returns>
    public async Task<HubSnapshot> PipelineAsync(HubRepositoryId id, HubPipelineRequest request, CancellationToken cancellation)
    {
        var (snapshot, warnings) = await OrCachedAsync(
            id,
            () => ListAsync(id, request.Revision, cancellation),
            listing => WithListingAsync(id, listing, HubErrorKind.Unsuitable, found => BringPipelineAsync(id, request, found, cancellation), cancellation),
            cause => _cached.Pipeline(id, request, cause)).ConfigureAwait(false);
        foreach (var warning in warnings)
        {
            _observer.Warn($"{id}: {warning}");
        }

        return snapshot;
    }

    /// <summary>Brings files that are chosen from the listing.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="choose">Chooses among all paths what the hub is to give.</param>
    /// <param name="chooseCached">Chooses what must be cached where the hub can't be asked.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>The snapshot.</returns>
    public Task<HubSnapshot> FilesAsync(
        HubRepositoryId id,
        HubRevision revision,
        Func<IReadOnlyCollection<string>, IReadOnlyList<string>> choose,
        Func<IReadOnlyCollection<string>, IReadOnlyList<string>> chooseCached,
        CancellationToken cancellation)
    {
        return OrCachedAsync(
            id,
            () => ListAsync(id, revision, cancellation),
            listing => WithListingAsync(id, listing, HubErrorKind.EntryNotFound, BringChosenAsync, cancellation),
            cause => _cached.Files(id, revision, chooseCached, cause));

        async Task<HubSnapshot> BringChosenAsync(Listing listing)
        {
            var chosen = choose([.. listing.Entries.Keys]);
            await BringAsync(id, listing, chosen, cancellation).ConfigureAwait(false);
            Remember(id, revision, listing);
            return new HubSnapshot(id, listing.Commit, Folder(id).Snapshot(listing.Commit), chosen);
        }
    }

    private RepositoryFolder Folder(HubRepositoryId id) => new(_settings.CacheFolder, id);

    // When the hub has said what there is, an older thing is no answer any more: what breaks off then is gone on with the next time.
    private async Task<T> OrCachedAsync<TAnswer, T>(HubRepositoryId id, Func<Task<TAnswer>> ask, Func<TAnswer, Task<T>> bring, Func<HubException?, T> find)
    {
        if (_settings.IsOffline)
        {
            return find(null);
        }

        TAnswer answer;
        try
        {
            answer = await ask().ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.AllowsCached)
        {
            var found = FindOrFail(exception, find);
            _observer.Warn($"Using the cached files of {id}, which may be old: {exception.Message} HF_HUB_OFFLINE=1 uses them at once, without asking.");
            return found;
        }

        try
        {
            return await bring(answer).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.Unsuitable)
        {
            throw exception.About(id);
        }
    }

    // Where nothing is cached, why the hub did not answer is the better message.
    private static T FindOrFail<T>(HubException cause, Func<HubException?, T> find)
    {
        try
        {
            return find(cause);
        }
        catch (HubException exception)
        {
            throw exception.Kind == HubErrorKind.NotCached ? cause.With("The cache does not hold what is needed either.") : exception;
        }
    }

    private async Task<(HubSnapshot Snapshot, IReadOnlyList<string> Warnings)> BringPipelineAsync(HubRepositoryId id, HubPipelineRequest request, Listing listing, CancellationToken cancellation)
    {
        if (!listing.Entries.ContainsKey(ModelIndex.FileName))
        {
            throw new HubException(HubErrorKind.EntryNotFound, $"{id} is no pipeline of diffusers: it has no {ModelIndex.FileName}. It has {HubText.List([.. listing.Entries.Keys.Order(StringComparer.Ordinal)])}.");
        }

        var (folder, commit) = (Folder(id), listing.Commit);
        await BringAsync(id, listing, [ModelIndex.FileName], cancellation).ConfigureAwait(false);
        var selection = PipelineFiles.Select([.. listing.Entries.Keys], CachedReader.Index(folder.File(commit, ModelIndex.FileName)), request);
        await BringAsync(id, listing, selection.Files, cancellation).ConfigureAwait(false);
        RequireShards(folder, commit, selection);
        Remember(id, request.Revision, listing);
        return (new HubSnapshot(id, commit, folder.Snapshot(commit), selection.Files), selection.Warnings);
    }

    // A commit never changes, so a listing of it that somebody saved is as good as a new one.
    private async Task<Listing> ListAsync(HubRepositoryId id, HubRevision revision, CancellationToken cancellation)
    {
        var commit = revision.IsCommit ? revision.Text : (await _reader.ModelAsync(id, revision, cancellation).ConfigureAwait(false)).Commit;
        return CachedTree.Read(Folder(id), commit) is { } saved ? Listing.Of(commit, saved, isSaved: true) : await ListAnewAsync(id, commit, cancellation).ConfigureAwait(false);
    }

    private async Task<Listing> ListAnewAsync(HubRepositoryId id, string commit, CancellationToken cancellation)
        => Listing.Of(commit, await TreeAsync(id, HubRevision.Parse(commit), cancellation).ConfigureAwait(false), isSaved: false);

    // Unless it is damaged: then the hub serves something else than it says, or something is missing.
    private async Task<T> WithListingAsync<T>(HubRepositoryId id, Listing listing, HubErrorKind missing, Func<Listing, Task<T>> bring, CancellationToken cancellation)
    {
        try
        {
            return await bring(listing).ConfigureAwait(false);
        }
        catch (HubException exception) when (listing.IsSaved && (exception.Kind == HubErrorKind.Protocol || exception.Kind == missing))
        {
            return await bring(await ListAnewAsync(id, listing.Commit, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<HubEntry>> TreeAsync(HubRepositoryId id, HubRevision commit, CancellationToken cancellation)
    {
        try
        {
            return await _reader.TreeAsync(id, commit, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.RevisionNotFound)
        {
            throw await NearNames.ExplainAsync(exception, _reader, id, commit, cancellation).ConfigureAwait(false);
        }
    }

    // Where something came, it is looked again: what somebody deleted from the cache meanwhile is brought once more.
    private async Task BringAsync(HubRepositoryId id, Listing listing, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        HubEntry[] entries = [.. paths.Select(path => listing.Entries[path])];
        if (await _downloader.FilesAsync(Folder(id), id, listing.Commit, entries, cancellation).ConfigureAwait(false))
        {
            await _downloader.FilesAsync(Folder(id), id, listing.Commit, entries, cancellation).ConfigureAwait(false);
        }
    }

    // After the files: a listing or a ref without a snapshot is reported as damage by Python.
    private void Remember(HubRepositoryId id, HubRevision revision, Listing listing)
    {
        var folder = Folder(id);
        if (!listing.IsSaved && Directory.Exists(folder.Snapshot(listing.Commit)))
        {
            CachedTree.Write(folder, listing.Commit, listing.Entries.Values);
        }

        folder.WriteRef(revision, listing.Commit);
    }

    // The names of shards say how many there are; the index has the last word on which ones hold the weights.
    private static void RequireShards(RepositoryFolder folder, string commit, PipelineSelection selection)
    {
        foreach (var index in selection.ShardIndexes)
        {
            var parent = index[..(index.LastIndexOf('/') + 1)];
            var missing = ShardNames.Read(folder.File(commit, index)).Select(name => parent + name).Where(path => !selection.Files.Contains(path, StringComparer.Ordinal)).ToList();
            if (missing.Count > 0)
            {
                throw new HubException(HubErrorKind.Unsuitable, $"'{index}' names files that are not in the repository: {HubText.List(missing)}.");
            }
        }
    }

    private sealed record Listing(string Commit, IReadOnlyDictionary<string, HubEntry> Entries, bool IsSaved)
    {
        public static Listing Of(string commit, IReadOnlyList<HubEntry> entries, bool isSaved)
            => new(commit, entries.Where(entry => !entry.IsFolder).ToDictionary(entry => entry.Path, StringComparer.Ordinal), isSaved);
    }
}
