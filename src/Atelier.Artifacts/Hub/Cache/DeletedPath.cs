namespace Atelier.Artifacts.Hub.Cache;

/// <summary>Names something in the cache that a plan deletes.</summary>
/// <param name="Path">The file, link or folder.</param>
/// <param name="ByteCount">How much room its deletion frees.</param>
internal sealed record DeletedPath(string Path, long ByteCount = 0)
{
    /// <summary>Gives the lock that whoever writes the file holds, or null where nobody writes it.</summary>
    /// <value>Default: null.</value>
    public string? Lock { get; init; }

    /// <summary>Says whether it has become needed since the plan was made; asked when its turn comes, under the lock.</summary>
    /// <value>Default: null, it can't become so.</value>
    public Func<bool>? IsNeeded { get; init; }

    /// <summary>Says whether a folder stays as long as something is in it.</summary>
    /// <value>Default: false, it is deleted with all that is in it.</value>
    public bool StaysUnlessEmpty { get; init; }

    /// <summary>Says whether somebody writes the file now.</summary>
    public bool IsBusy
    {
        get
        {
            if (Lock is null || !File.Exists(Lock))
            {
                return false;
            }

            var isFree = CacheLock.TryAcquire(Lock, out var taken);
            taken?.Dispose();
            return !isFree;
        }
    }

    /// <summary>Deletes it, unless somebody writes it now or needs it. No link is followed.</summary>
    /// <returns>How much room that freed: nothing where it had vanished already, or stays.</returns>
    public long Delete()
    {
        CacheLock? taken = null;
        if (Lock is not null && !CacheLock.TryAcquire(Lock, out taken))
        {
            return 0;
        }

        using (taken)
        {
            return IsNeeded?.Invoke() != true && DeleteEntry() ? ByteCount : 0;
        }
    }

    private bool DeleteEntry()
    {
        var folder = new DirectoryInfo(Path);
        if (folder.LinkTarget is null && folder.Exists)
        {
            return DeleteFolder(folder);
        }

        if (folder.LinkTarget is null && !File.Exists(Path))
        {
            return false;
        }

        File.Delete(Path);
        return true;
    }

    private bool DeleteFolder(DirectoryInfo folder)
    {
        if (StaysUnlessEmpty && folder.EnumerateFileSystemInfos().Any())
        {
            return false;
        }

        try
        {
            // A link in it is deleted and not followed.
            folder.Delete(recursive: !StaysUnlessEmpty);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }
}
