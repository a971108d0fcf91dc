using Atelier.Artifacts.Hub.Cache;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Brings files of one commit into the cache, several at a time.</summary>
internal sealed class Downloader
{
    private const int ParallelFileCount = 8;
    private const long LargestServed = 50_000_000_000;

    private readonly HubReader _reader;
    private readonly FileQuery _query;
    private readonly ContentStore _store;
    private readonly IHubObserver _observer;

    /// <summary>Creates the downloader.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="transport">The way to the hub.</param>
    /// <param name="reader">Asks the hub.</param>
    /// <param name="observer">Hears of progress.</param>
    /// <param name="time">Measures waits.</param>
    public Downloader(HubSettings settings, HubTransport transport, HubReader reader, IHubObserver observer, TimeProvider time)
    {
        (_reader, _observer) = (reader, observer);
        _query = new FileQuery(transport, reader);
        _store = new ContentStore(_query, new FileTransfer(settings, transport, observer, time), new SnapshotLinks(settings, observer), observer, time);
    }

    /// <summary>Asks what the hub has under a name, and notes where it has nothing.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file's path, checked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The content, and the commit that the revision means.</returns>
    public async Task<FileMetadata> AskAsync(RepositoryFolder folder, HubRepositoryId id, HubRevision revision, string path, CancellationToken cancellation)
    {
        try
        {
            return await _query.AskAsync(id, revision, path, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.RevisionNotFound)
        {
            throw await NearNames.ExplainAsync(exception, _reader, id, revision, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception is { Kind: HubErrorKind.EntryNotFound, Commit: not null })
        {
            folder.MarkMissing(exception.Commit, path);
            throw await NearNames.ExplainAsync(exception, _reader, id, HubRevision.Parse(exception.Commit), path, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Brings one file of a revision.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file's path, checked.</param>
    /// <param name="metadata">What the hub has under it.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>The place of the file in the cache.</returns>
    public async Task<string> FileAsync(RepositoryFolder folder, HubRepositoryId id, HubRevision revision, string path, FileMetadata metadata, CancellationToken cancellation)
    {
        if (folder.Find(metadata.Commit, path, metadata.ByteCount) is null)
        {
            WarnOfSize(path, metadata.ByteCount);
            Announce(folder, 1, folder.HasBlob(metadata.ContentId, metadata.ByteCount) ? 0 : Missing(folder, metadata.ContentId, metadata.ByteCount), $"'{path}' of {id}");
            await _store.EnsureAsync(folder, id, metadata, [path], cancellation).ConfigureAwait(false);
        }

        folder.WriteRef(revision, metadata.Commit);
        return folder.File(metadata.Commit, path);
    }

    /// <summary>Brings files of one commit.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="id">The repository.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="entries">The files.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>Whether any was missing before. Now all are there; a failure of one stops the others.</returns>
    public async Task<bool> FilesAsync(RepositoryFolder folder, HubRepositoryId id, string commit, IReadOnlyCollection<HubEntry> entries, CancellationToken cancellation)
    {
        var groups = entries.Where(entry => folder.Find(commit, entry.Path, entry.ByteCount) is null).GroupBy(entry => entry.ContentId, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        if (groups.Count == 0)
        {
            return false;
        }

        foreach (var group in groups)
        {
            WarnOfSize(group[0].Path, group[0].ByteCount);
        }

        var missing = groups.Where(group => !folder.HasBlob(group[0].ContentId, group[0].ByteCount)).Sum(group => Missing(folder, group[0].ContentId, group[0].ByteCount));
        Announce(folder, groups.Sum(group => group.Count), missing, id.ToString());
        var revision = HubRevision.Parse(commit);
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelFileCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(groups, options, async (group, stop) =>
        {
            var metadata = await _query.AskAsync(id, revision, group[0].Path, stop).ConfigureAwait(false);
            if (metadata.ContentId != group[0].ContentId || metadata.ByteCount != group[0].ByteCount)
            {
                throw new HubException(HubErrorKind.Protocol, $"The hub lists '{group[0].Path}' of {id} at {commit} with another hash or size than it serves. Check HF_ENDPOINT (a mirror that is behind?), or try again.");
            }

            await _store.EnsureAsync(folder, id, metadata, [.. group.Select(entry => entry.Path)], stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return true;
    }

    private void WarnOfSize(string path, long byteCount)
    {
        if (byteCount > LargestServed)
        {
            _observer.Warn($"'{path}' has {HubText.Bytes(byteCount)}: the hub does not serve files above {HubText.Bytes(LargestServed)} reliably this way.");
        }
    }

    private void Announce(RepositoryFolder folder, int fileCount, long byteCount, string what)
    {
        DiskFaults.RequireRoom(folder.FullPath, byteCount, what);
        _observer.TransferPlanned(fileCount, byteCount);
    }

    private static long Missing(RepositoryFolder folder, string contentId, long byteCount)
    {
        var partial = new FileInfo(folder.Partial(contentId));
        return partial.Exists ? Math.Max(0, byteCount - partial.Length) : byteCount;
    }
}
