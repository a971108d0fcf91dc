using System.Collections.Concurrent;

namespace Atelier.Artifacts.Hub.Cache;

/// <summary>Puts contents into snapshots: as relative links to blobs, or as files where links can't be made.</summary>
internal sealed class SnapshotLinks(HubSettings settings, IHubObserver observer)
{
    private static readonly ConcurrentDictionary<string, bool> Known = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, bool> Told = new(StringComparer.Ordinal);

    /// <summary>Says whether this cache gets links. The system is asked once for each cache.</summary>
    /// <param name="folder">A folder of a repository in the cache, which exists.</param>
    /// <returns>Whether it does.</returns>
    public bool AreUsed(RepositoryFolder folder)
    {
        if (!settings.UsesSymbolicLinks)
        {
            return false;
        }

        if (!Known.TryGetValue(settings.CacheFolder, out var areUsed))
        {
            if (Probe(folder) is not { } found)
            {
                return true; // whoever writes there hears why nothing can be
            }

            areUsed = Known.GetOrAdd(settings.CacheFolder, found);
        }

        if (!areUsed && settings.WarnsAboutSymbolicLinks && Told.TryAdd(settings.CacheFolder, value: true))
        {
            observer.Warn($"No symbolic links can be made in {settings.CacheFolder}: files that several revisions share take their room several times. HF_HUB_DISABLE_SYMLINKS_WARNING=1 silences this line.");
        }

        return areUsed;
    }

    /// <summary>Puts a content that is in the blobs into a snapshot.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="contentId">The content.</param>
    public void Place(RepositoryFolder folder, string commit, string path, string contentId)
    {
        var place = folder.File(commit, path);
        CacheFiles.CreateFolders(folder.FullPath, Path.GetDirectoryName(place)!);
        if (AreUsed(folder))
        {
            Link(folder, place, contentId);
        }
        else
        {
            // The blob was there before us, so somebody's links may need it.
            Copy(folder, folder.Blob(contentId), place);
        }
    }

    /// <summary>Copies a file of the cache into a snapshot; it gets its name when it is whole.</summary>
    /// <param name="folder">The repository's folder.</param>
    /// <param name="source">The file.</param>
    /// <param name="place">Its place in a snapshot.</param>
    public static void Copy(RepositoryFolder folder, string source, string place)
    {
        CacheFiles.CreateFolders(folder.FullPath, Path.GetDirectoryName(place)!);
        var temporary = folder.TemporaryName();
        try
        {
            using (var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                from.CopyTo(to, 1 << 20);
                to.Flush(flushToDisk: true);
            }

            File.Move(temporary, place, overwrite: true);
        }
        catch
        {
            CacheFiles.DeleteQuietly(temporary);
            throw;
        }
    }

    private static void Link(RepositoryFolder folder, string place, string contentId)
    {
        var target = Path.GetRelativePath(Path.GetDirectoryName(place)!, folder.Blob(contentId));
        try
        {
            File.CreateSymbolicLink(place, target);
        }
        catch (IOException) when (new FileInfo(place) is { } present && (present.Exists || present.LinkTarget is not null))
        {
            if (folder.LeadsTo(place, contentId))
            {
                return;
            }

            var temporary = folder.TemporaryName();
            File.CreateSymbolicLink(temporary, target);
            File.Move(temporary, place, overwrite: true);
        }
    }

    // Null: nothing can be written there, which says nothing about links.
    private static bool? Probe(RepositoryFolder folder)
    {
        var probe = folder.TemporaryName();
        try
        {
            File.CreateSymbolicLink(probe, "blobs");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return CacheFiles.ProbeWriting(probe) is null ? false : null;
        }
        finally
        {
            CacheFiles.DeleteQuietly(probe);
        }
    }
}
