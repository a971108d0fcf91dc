using System.Text;

namespace Atelier.Artifacts.Hub.Cache;

/// <summary>
/// The folder of one repository in the cache, laid out as Python's <c>huggingface_hub</c> does it: <c>blobs</c>, <c>refs</c>, <c>snapshots</c>, <c>.no_exist</c> and <c>trees</c>.
/// </summary>
/// <remarks>Revisions, commits, content ids and paths are checked before they become paths. Nothing is created until something is written.</remarks>
internal sealed class RepositoryFolder
{
    private readonly string _root;

    /// <summary>Names the folder.</summary>
    /// <param name="cacheFolder">The cache.</param>
    /// <param name="id">The repository.</param>
    public RepositoryFolder(string cacheFolder, HubRepositoryId id)
    {
        _root = Path.GetFullPath(cacheFolder);
        FolderName = $"models--{id.ToString().Replace("/", "--", StringComparison.Ordinal)}";
        FullPath = Path.Join(_root, FolderName);
    }

    /// <summary>Gives the folder's name in the cache.</summary>
    public string FolderName { get; }

    /// <summary>Gives the folder.</summary>
    public string FullPath { get; }

    /// <summary>Gives the folder of contents.</summary>
    public string Blobs => Path.Join(FullPath, "blobs");

    /// <summary>Gives the folder of all commits' files.</summary>
    public string Snapshots => Path.Join(FullPath, "snapshots");

    /// <summary>Gives the folder of one commit's files.</summary>
    /// <param name="commit">The commit.</param>
    /// <returns>The folder.</returns>
    public string Snapshot(string commit) => Path.Join(Snapshots, CheckedCommit(commit));

    /// <summary>Gives the place of a file in a commit.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="path">The file's path in the repository.</param>
    /// <returns>The place.</returns>
    public string File(string commit, string path) => HubPaths.Join(Snapshot(commit), path);

    /// <summary>Gives the place of a content.</summary>
    /// <param name="contentId">The content's id.</param>
    /// <returns>The place.</returns>
    public string Blob(string contentId) => Path.Join(Blobs, CheckedId(contentId));

    /// <summary>Gives the place of a content that is not complete. The name is fixed, so that the next run finds it.</summary>
    /// <param name="contentId">The content's id.</param>
    /// <returns>The place.</returns>
    public string Partial(string contentId) => Path.Join(Blobs, $"{CheckedId(contentId)}.atelier.incomplete");

    /// <summary>Gives the file that is locked while a content is fetched.</summary>
    /// <param name="contentId">The content's id.</param>
    /// <returns>The lock's file.</returns>
    public string Lock(string contentId) => Path.Join(_root, ".locks", FolderName, $"{CheckedId(contentId)}.lock");

    /// <summary>Gives the place of a commit's listing.</summary>
    /// <param name="commit">The commit.</param>
    /// <returns>The place.</returns>
    public string Tree(string commit) => Path.Join(FullPath, "trees", $"{CheckedCommit(commit)}.json");

    /// <summary>Finds a file that is there.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="byteCount">Its size, where it is known; a file of another size is as if absent.</param>
    /// <returns>The place to read it from, or null.</returns>
    public string? Find(string commit, string path, long? byteCount = null)
    {
        var place = File(commit, path);
        return CacheFiles.Resolve(place, _root) is { } found && !CacheFiles.FoldersBetween(Snapshot(commit), place).Any(folder => new DirectoryInfo(folder).LinkTarget is not null) && (byteCount is null || found.Length == byteCount) ? place : null;
    }

    /// <summary>Finds a content that is there.</summary>
    /// <param name="contentId">The content's id.</param>
    /// <param name="byteCount">Its size.</param>
    /// <returns>Whether it is there, whole.</returns>
    public bool HasBlob(string contentId, long byteCount) => CacheFiles.Resolve(Blob(contentId), _root)?.Length == byteCount;

    /// <summary>Says which content a link in a snapshot stands for.</summary>
    /// <param name="place">The link.</param>
    /// <param name="contentId">The content's id.</param>
    /// <returns>Whether it leads to this content.</returns>
    public bool LeadsTo(string place, string contentId)
    {
        var target = new FileInfo(place).LinkTarget;
        return target is not null && Path.GetFullPath(target, Path.GetDirectoryName(place)!) == Blob(contentId);
    }

    /// <summary>Reads which commit a revision meant when it was last asked for.</summary>
    /// <param name="revision">The revision.</param>
    /// <returns>The commit, or null when that is not known.</returns>
    public string? ReadRef(HubRevision revision)
    {
        if (revision.IsCommit)
        {
            return revision.Text;
        }

        try
        {
            var place = Ref(revision);
            var text = System.IO.File.Exists(place) && new FileInfo(place).Length < 200 ? System.IO.File.ReadAllText(place) : null;
            return HubRevision.IsCommitId(text) ? text : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Notes which commit a revision means. Without line end or mark: Python would not find the snapshot otherwise. Only where the snapshot exists.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="commit">The commit.</param>
    public void WriteRef(HubRevision revision, string commit)
    {
        if (revision.IsCommit || ReadRef(revision) == commit || !Directory.Exists(Snapshot(commit)))
        {
            return;
        }

        CacheFiles.TryWrite(() =>
        {
            ClearWay(Ref(revision));
            Replace(Ref(revision), Encoding.ASCII.GetBytes(commit));
        });
    }

    /// <summary>Notes that a commit does not have a file.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="path">The path.</param>
    public void MarkMissing(string commit, string path) => CacheFiles.TryWrite(() =>
    {
        var place = Missing(commit, path);
        if (!System.IO.File.Exists(place))
        {
            // Python reports a repository without this folder as damaged.
            CacheFiles.CreateFolders(FullPath, Snapshots);
            CacheFiles.CreateFolders(FullPath, Path.GetDirectoryName(place)!);
            using var marker = new FileStream(place, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        }
    });

    /// <summary>Says whether a commit is known not to have a file.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="path">The path.</param>
    /// <returns>Whether that is known.</returns>
    public bool IsKnownMissing(string commit, string path) => System.IO.File.Exists(Missing(commit, path));

    /// <summary>Writes a small file under a temporary name in the repository's folder, where nobody takes it for something else, then gives it its name.</summary>
    /// <param name="place">The file; one that exists is replaced.</param>
    /// <param name="content">The content.</param>
    public void Replace(string place, ReadOnlySpan<byte> content)
    {
        CacheFiles.CreateFolders(FullPath, Path.GetDirectoryName(place)!);
        var temporary = TemporaryName();
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            System.IO.File.Move(temporary, place, overwrite: true);
        }
        catch
        {
            CacheFiles.DeleteQuietly(temporary);
            throw;
        }
    }

    /// <summary>Gives a name in the repository's folder that nobody uses.</summary>
    /// <returns>The name.</returns>
    public string TemporaryName() => Path.Join(FullPath, $".atelier-{Guid.NewGuid():N}.tmp");

    // Git has no branch dev beside dev/x, so the one that is noted here is gone.
    private void ClearWay(string place)
    {
        foreach (var other in CacheFiles.FoldersBetween(Path.Join(FullPath, "refs"), place).Where(System.IO.File.Exists))
        {
            System.IO.File.Delete(other);
        }

        if (Directory.Exists(place))
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private string Ref(HubRevision revision) => HubPaths.Join(Path.Join(FullPath, "refs"), revision.Text);

    private string Missing(string commit, string path) => HubPaths.Join(Path.Join(FullPath, ".no_exist", CheckedCommit(commit)), path);

    private static string CheckedCommit(string commit) => HubRevision.IsCommitId(commit)
        ? commit
        : throw new HubException(HubErrorKind.Protocol, $"'{HubText.Shown(commit, 80)}' is no commit.");

    private static string CheckedId(string contentId) => ContentHash.IsId(contentId)
        ? contentId
        : throw new HubException(HubErrorKind.Protocol, $"'{HubText.Shown(contentId, 80)}' is no hash of a content.");
}
