using System.IO.Enumeration;

namespace Atelier.Artifacts.Hub.Cache;

/// <summary>Asks the file system what the cache needs to know, where .NET's plain questions mislead.</summary>
internal static class CacheFiles
{
    /// <summary>Finds the file that a path stands for. <see cref="File.Exists"/> is true for a link to nothing.</summary>
    /// <param name="path">A file or a link.</param>
    /// <param name="root">The folder that no link may lead out of.</param>
    /// <returns>The file, or null when there is none, or the link leads out.</returns>
    public static FileInfo? Resolve(string path, string root)
    {
        try
        {
            FileSystemInfo? file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            if (file.LinkTarget is not null)
            {
                file = file.ResolveLinkTarget(returnFinalTarget: true);
                if (file is null || !IsInside(file.FullName, root))
                {
                    return null;
                }
            }

            return file is FileInfo { Exists: true } found && !found.Attributes.HasFlag(FileAttributes.Directory) ? found : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Names the folders between two places, from the inner one outwards. Neither of the two is among them, and nothing is said of whether they exist.</summary>
    /// <param name="from">An absolute folder.</param>
    /// <param name="to">An absolute path in it.</param>
    /// <returns>The folders.</returns>
    public static IEnumerable<string> FoldersBetween(string from, string to)
    {
        for (var folder = Path.GetDirectoryName(to); folder is not null && IsInside(folder, from); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    /// <summary>Finds out what keeps a file from being written.</summary>
    /// <param name="path">A file that does not exist; it is gone again afterwards.</param>
    /// <returns>The refusal, or null where it was written.</returns>
    public static Exception? ProbeWriting(string path)
    {
        try
        {
            File.WriteAllBytes(path, [0]);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception;
        }
        finally
        {
            DeleteQuietly(path);
        }
    }

    /// <summary>Says whether a path, link or folder is in a folder, judged by its name.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="folder">An absolute folder.</param>
    /// <returns>Whether it is in it.</returns>
    public static bool IsInside(string path, string folder)
        => path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Creates the folders from one folder down to another, and refuses links on the way: what is written there would be elsewhere.</summary>
    /// <param name="from">An absolute folder that may be a link.</param>
    /// <param name="to">An absolute folder in it.</param>
    /// <exception cref="HubException">A folder on the way is a link or a file.</exception>
    public static void CreateFolders(string from, string to)
    {
        Directory.CreateDirectory(from);
        var current = from;
        foreach (var part in Path.GetRelativePath(from, to).Split(Path.DirectorySeparatorChar))
        {
            current = Path.Join(current, part);
            var folder = new DirectoryInfo(current);
            if (folder.LinkTarget is not null || File.Exists(current))
            {
                throw new HubException(HubErrorKind.Disk, $"'{current}' in the cache is no folder but a link or a file, and nothing is written through it. Delete it, then try again.");
            }

            if (!folder.Exists)
            {
                Directory.CreateDirectory(current);
            }
        }
    }

    /// <summary>Lists the files and links below a folder. .NET would go into folders that links lead to; here a link is a thing by itself.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Their paths.</returns>
    public static IEnumerable<string> Enumerate(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };
        return new FileSystemEnumerable<string>(folder, static (ref entry) => entry.ToFullPath(), options)
        {
            ShouldIncludePredicate = static (ref entry) => !entry.IsDirectory || entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            ShouldRecursePredicate = static (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
    }

    /// <summary>Deletes a file or link; that it can't be deleted stops nothing.</summary>
    /// <param name="path">The file or link.</param>
    public static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Does what is welcome but not needed, such as noting something in a cache that may be read-only.</summary>
    /// <param name="write">What to do.</param>
    public static void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or HubException { Kind: HubErrorKind.Disk })
        {
        }
    }
}
