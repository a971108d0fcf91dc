namespace Atelier.Artifacts.Hub.Cache;

/// <summary>What was found in one repository's folder. Links are looked at and not followed out of the cache.</summary>
internal sealed class RepositoryScan
{
    private const string FolderStart = "models--";
    private const string LeadsNowhere = "the link leads to nothing in the cache";

    private readonly string _root;
    private readonly RepositoryFolder _folder;
    private readonly Dictionary<string, List<SnapshotFile>> _snapshots;

    private RepositoryScan(string root, HubRepositoryId id)
    {
        (_root, Id) = (root, id);
        _folder = new RepositoryFolder(root, id);
        _snapshots = Commits().ToDictionary(commit => commit, commit => ReadSnapshot(commit).ToList(), StringComparer.Ordinal);
    }

    /// <summary>Gives the repository.</summary>
    public HubRepositoryId Id { get; }

    /// <summary>Looks at a folder.</summary>
    /// <param name="root">The cache.</param>
    /// <param name="folderName">The name of a folder in it.</param>
    /// <returns>What is in it, or null when its name is that of no repository.</returns>
    public static RepositoryScan? Read(string root, string folderName)
        => HubRepositoryId.TryParse(folderName[FolderStart.Length..].Replace("--", "/", StringComparison.Ordinal), out var id) ? new RepositoryScan(root, id) : null;

    /// <summary>Adds up sizes.</summary>
    /// <returns>The description.</returns>
    public HubCacheRepository Describe()
    {
        var references = References();
        var revisions = _snapshots.Select(pair => new HubCacheRevision(
            Id,
            pair.Key,
            [.. references.Where(reference => reference.Commit == pair.Key).Select(reference => reference.Name)],
            pair.Value.Count(file => file.ByteCount is not null),
            pair.Value.Where(file => file.ByteCount is not null).DistinctBy(file => file.Content, StringComparer.Ordinal).Sum(file => file.ByteCount!.Value),
            new DateTimeOffset(Directory.GetLastWriteTimeUtc(_folder.Snapshot(pair.Key))))).OrderBy(revision => revision.Commit, StringComparer.Ordinal).ToList();
        var used = _snapshots.Values.SelectMany(files => files).Where(file => file.ByteCount is not null).DistinctBy(file => file.Content, StringComparer.Ordinal).Sum(file => file.ByteCount!.Value);
        var needed = UsedByAll();
        var unused = Blobs().Where(blob => !needed.Contains(blob.FullName)).Sum(OwnByteCount);
        return new HubCacheRepository(Id, _folder.FullPath, used + unused, unused, revisions);
    }

    /// <summary>Hashes everything again.</summary>
    /// <param name="progress">Hears of each file.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was found.</returns>
    public HubCacheCheck Verify(Action<string>? progress, CancellationToken cancellation)
    {
        var faults = new List<HubCacheFault>();
        var contents = Blobs().Where(blob => ContentHash.IsId(blob.Name)).ToDictionary(blob => blob.FullName, blob => blob.Name, StringComparer.Ordinal);
        var uncheckedCount = 0;
        foreach (var (commit, files) in _snapshots)
        {
            var listing = CachedTree.Read(_folder, commit)?.ToDictionary(entry => _folder.File(commit, entry.Path), entry => entry.ContentId, StringComparer.Ordinal);
            foreach (var file in files.Where(file => file.ByteCount is null || file.Path == file.Content))
            {
                if (file.ByteCount is null)
                {
                    faults.Add(new HubCacheFault(Id, file.Path, LeadsNowhere));
                }
                else if (listing?.GetValueOrDefault(file.Path) is { } expected)
                {
                    contents[file.Path] = expected;
                }
                else
                {
                    uncheckedCount++;
                }
            }
        }

        var wrong = contents.Select(pair => Judge(pair.Key, pair.Value, progress, cancellation)).OfType<HubCacheFault>().ToList();
        return new HubCacheCheck(contents.Count, uncheckedCount, [.. wrong, .. faults]);
    }

    /// <summary>Finds the files that a content is: it is named by its hash.</summary>
    /// <param name="path">The content, or a link to it.</param>
    /// <returns>The files, in all commits.</returns>
    public IReadOnlyList<HubCacheFile> FilesOf(string path)
        => [.. _snapshots.SelectMany(pair => pair.Value.Where(file => file.Path == path || file.Content == path).Select(file => new HubCacheFile(pair.Key, Path.GetRelativePath(_folder.Snapshot(pair.Key), file.Path).Replace(Path.DirectorySeparatorChar, '/'))))];

    /// <summary>Finds what deleting frees.</summary>
    /// <param name="isDeleted">Says which commits are deleted.</param>
    /// <param name="isFreed">Whether what belongs to no commit is deleted, too. It is where all commits are.</param>
    /// <returns>The plan.</returns>
    public HubCacheDeletion PlanDeletion(Func<HubCacheRevision, bool> isDeleted, bool isFreed)
    {
        var description = Describe();
        var deleted = description.Revisions.Where(isDeleted).ToList();
        var isWhole = deleted.Count == description.Revisions.Count && (deleted.Count > 0 || isFreed);
        var commits = deleted.Select(revision => revision.Commit).ToHashSet(StringComparer.Ordinal);
        var (gone, kept) = (UsedBy(commits), UsedBy(_snapshots.Keys.Where(commit => !commits.Contains(commit))));

        // Asked when the names are gone: by then somebody may have linked a content for another commit.
        var needed = new Lazy<HashSet<string>>(() => new RepositoryScan(_root, Id).UsedByAll());
        var unused = (isFreed || isWhole ? Blobs() : []).Where(blob => !gone.Contains(blob.FullName) && !kept.Contains(blob.FullName)).Select(blob => Content(blob, needed)).ToLookup(part => part.IsBusy);
        return new HubCacheDeletion(
        [
            .. Names(commits),
            .. isWhole ? OtherNames() : [],
            .. Blobs().Where(blob => gone.Contains(blob.FullName) && !kept.Contains(blob.FullName)).Select(blob => Content(blob, needed)),
            .. unused[false],
            .. isWhole ? Emptied() : [],
        ])
        {
            Revisions = deleted,
            Unused = [.. unused[false].Select(part => part.Path)],
            Busy = [.. unused[true].Select(part => part.Path)],
        };
    }

    private IEnumerable<DeletedPath> Names(HashSet<string> commits)
    {
        var references = References().Where(reference => reference.Commit is { } commit && commits.Contains(commit)).Select(reference => new DeletedPath(reference.Path));
        var folders = commits.Order(StringComparer.Ordinal).SelectMany(commit => new[]
        {
            new DeletedPath(_folder.Snapshot(commit), FileByteCount(commit)),
            new DeletedPath(_folder.Tree(commit)),
            new DeletedPath(Path.Join(_folder.FullPath, ".no_exist", commit)),
        });
        return references.Concat(folders).Where(part => Path.Exists(part.Path));
    }

    // What is left but the contents when the commits are gone; all of it stays where another commit has come meanwhile.
    private IEnumerable<DeletedPath> OtherNames() => new DirectoryInfo(_folder.FullPath).EnumerateFileSystemInfos()
        .Where(entry => entry.FullName != _folder.Blobs || entry.LinkTarget is not null)
        .OrderBy(entry => entry.Name, StringComparer.Ordinal)
        .Select(entry => new DeletedPath(entry.FullName) { IsNeeded = () => Commits().Any() });

    // Whoever writes into the folder now keeps it.
    private IEnumerable<DeletedPath> Emptied() => [new DeletedPath(_folder.Blobs) { StaysUnlessEmpty = true }, new DeletedPath(_folder.FullPath) { StaysUnlessEmpty = true }];

    private long FileByteCount(string commit) => _snapshots[commit].Where(file => file.Path == file.Content).Sum(file => file.ByteCount ?? 0);

    // Contents and what there is of them are named by their hash, and so is the lock that is held while they are written.
    private DeletedPath Content(FileInfo blob, Lazy<HashSet<string>> needed)
    {
        var id = blob.Name.Split('.')[0];
        return new DeletedPath(blob.FullName, OwnByteCount(blob)) { Lock = ContentHash.IsId(id) ? _folder.Lock(id) : null, IsNeeded = () => needed.Value.Contains(blob.FullName) };
    }

    private IEnumerable<string> Commits()
    {
        var snapshots = new DirectoryInfo(Path.Join(_folder.FullPath, "snapshots"));
        return snapshots.Exists && snapshots.LinkTarget is null
            ? snapshots.EnumerateDirectories().Where(folder => HubRevision.IsCommitId(folder.Name) && folder.LinkTarget is null).Select(folder => folder.Name)
            : [];
    }

    private IEnumerable<SnapshotFile> ReadSnapshot(string commit)
        => CacheFiles.Enumerate(_folder.Snapshot(commit)).Select(path =>
        {
            var target = new FileInfo(path).LinkTarget;
            return new SnapshotFile(path, target is null ? path : Path.GetFullPath(target, Path.GetDirectoryName(path)!), CacheFiles.Resolve(path, _root)?.Length);
        });

    private List<FileInfo> Blobs()
    {
        var blobs = new DirectoryInfo(_folder.Blobs);
        return blobs.Exists && blobs.LinkTarget is null ? [.. blobs.EnumerateFiles()] : [];
    }

    private HashSet<string> UsedByAll() => UsedBy(_snapshots.Keys);

    private HashSet<string> UsedBy(IEnumerable<string> commits) => commits.SelectMany(commit => _snapshots[commit]).Select(file => file.Content).ToHashSet(StringComparer.Ordinal);

    // A link to the store that repositories share frees nothing but itself.
    private static long OwnByteCount(FileInfo file) => file.LinkTarget is null ? file.Length : 0;

    private List<(string Name, string Path, string? Commit)> References()
    {
        var folder = Path.Join(_folder.FullPath, "refs");
        return Directory.Exists(folder)
            ? [.. CacheFiles.Enumerate(folder).Select(path => (Name: Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), path)).Where(pair => HubPaths.Fault(pair.Name) is null).Select(pair => (pair.Name, pair.path, _folder.ReadRef(HubRevision.Parse(pair.Name))))]
            : [];
    }

    private HubCacheFault? Judge(string path, string expected, Action<string>? progress, CancellationToken cancellation)
    {
        progress?.Invoke(path);
        try
        {
            var found = Hash(path, expected, cancellation);
            return found == expected ? null : new HubCacheFault(Id, path, found is null ? LeadsNowhere : $"its content has the hash {found}, and should have {expected}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new HubCacheFault(Id, path, $"it can't be read ({HubText.Shown(exception.Message, 300).TrimEnd('.')}): ask its owner for the right to read it, or fetch it anew");
        }
    }

    private string? Hash(string path, string expected, CancellationToken cancellation)
    {
        if (CacheFiles.Resolve(path, _root) is not { } file)
        {
            return null;
        }

        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var hash = new ContentHash(expected, stream.Length);
        var buffer = new byte[1 << 20];
        for (var count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
        {
            cancellation.ThrowIfCancellationRequested();
            hash.Append(buffer.AsSpan(0, count));
        }

        return hash.Finish();
    }

    // Content: the blob that a link names, or the file itself where snapshots hold files. No size: there is nothing.
    private sealed record SnapshotFile(string Path, string Content, long? ByteCount);
}
