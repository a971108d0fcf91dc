using Atelier.Artifacts.Hub.Cache;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Brings a content into the cache and into a snapshot, once for all processes that want it.</summary>
internal sealed class ContentStore
{
    private readonly FileQuery _query;
    private readonly FileTransfer _transfer;
    private readonly SnapshotLinks _links;
    private readonly IHubObserver _observer;
    private readonly TimeProvider _time;

    /// <summary>Creates the store.</summary>
    /// <param name="query">Knows the addresses of files.</param>
    /// <param name="transfer">Brings contents here.</param>
    /// <param name="links">Puts contents into snapshots.</param>
    /// <param name="observer">Hears of waits and finished files.</param>
    /// <param name="time">Measures waits.</param>
    public ContentStore(FileQuery query, FileTransfer transfer, SnapshotLinks links, IHubObserver observer, TimeProvider time)
        => (_query, _transfer, _links, _observer, _time) = (query, transfer, links, observer, time);

    /// <summary>Puts a content under some paths of a snapshot, and fetches it where it is not here.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="id">The repository.</param>
    /// <param name="metadata">The content.</param>
    /// <param name="paths">The paths; all have this content.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>A task that ends when all paths are there.</returns>
    /// <exception cref="HubException">The content did not come, is wrong, or can't be written.</exception>
    public async Task EnsureAsync(RepositoryFolder folder, HubRepositoryId id, FileMetadata metadata, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        try
        {
            if (!PlacePresent(folder, metadata, paths))
            {
                using var taken = await CacheLock.AcquireAsync(folder.Lock(metadata.ContentId), _observer, _time, cancellation).ConfigureAwait(false);
                if (!PlacePresent(folder, metadata, paths))
                {
                    await FetchAsync(folder, id, metadata, paths, taken.IsHeld, cancellation).ConfigureAwait(false);
                }
            }

            foreach (var path in paths)
            {
                _observer.FileFinished(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Explain(exception, $"The cache {folder.FullPath}");
        }
    }

    private async Task FetchAsync(RepositoryFolder folder, HubRepositoryId id, FileMetadata metadata, IReadOnlyList<string> paths, bool isAlone, CancellationToken cancellation)
    {
        CacheFiles.CreateFolders(folder.FullPath, folder.Snapshots); // without it Python reports a repository as damaged
        CacheFiles.CreateFolders(folder.FullPath, folder.Blobs);
        var areLinksUsed = _links.AreUsed(folder);
        var target = new HubTarget(id, HubRevision.Parse(metadata.Commit), paths[0]);
        var address = _query.Address(id, target.Revision!, paths[0]);

        // Without a lock somebody else may be writing under the usual name.
        var partial = isAlone ? folder.Partial(metadata.ContentId) : Path.Join(folder.Blobs, $"{metadata.ContentId}.{Guid.NewGuid():N}.atelier.incomplete");
        try
        {
            await _transfer.FetchAsync(new TransferRequest(address, target, metadata, partial), cancellation).ConfigureAwait(false);
            if (areLinksUsed)
            {
                File.Move(partial, folder.Blob(metadata.ContentId), overwrite: true);
                PlaceAll(folder, metadata, paths);
            }
            else
            {
                MoveIntoSnapshot(folder, metadata, paths, partial);
            }
        }
        finally
        {
            if (!isAlone)
            {
                CacheFiles.DeleteQuietly(partial);
            }
        }
    }

    private bool PlacePresent(RepositoryFolder folder, FileMetadata metadata, IReadOnlyList<string> paths)
    {
        if (folder.HasBlob(metadata.ContentId, metadata.ByteCount))
        {
            PlaceAll(folder, metadata, paths);
            return true;
        }

        return paths.All(path => folder.Find(metadata.Commit, path, metadata.ByteCount) is not null);
    }

    private void PlaceAll(RepositoryFolder folder, FileMetadata metadata, IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            _links.Place(folder, metadata.Commit, path, metadata.ContentId);
        }
    }

    private static void MoveIntoSnapshot(RepositoryFolder folder, FileMetadata metadata, IReadOnlyList<string> paths, string partial)
    {
        var first = folder.File(metadata.Commit, paths[0]);
        CacheFiles.CreateFolders(folder.FullPath, Path.GetDirectoryName(first)!);
        File.Move(partial, first, overwrite: true);
        foreach (var path in paths.Skip(1))
        {
            SnapshotLinks.Copy(folder, first, folder.File(metadata.Commit, path));
        }
    }
}
