using System.Text;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Finds the files of an upload and checks their names.</summary>
internal static class LocalFiles
{
    /// <summary>The file that the hub shows as a repository's card.</summary>
    public const string CardPath = "README.md";

    /// <summary>Collects what a request names.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The items, ordered by their paths.</returns>
    /// <exception cref="HubException">A file is missing, a name can't be on the hub, or two files have one name.</exception>
    public static IReadOnlyList<UploadItem> Collect(HubUploadRequest request)
    {
        var files = request.Files.Concat(request.Folder is null ? [] : OfFolder(request.Folder, request.FolderPath)).ToList();
        var paths = files.ConvertAll(file => file.RepositoryPath);
        if (request.Card is not null)
        {
            paths.Add(CardPath);
        }

        CheckAll(paths);
        var items = files.ConvertAll(file => new UploadItem(file.RepositoryPath, UploadSource.OfFile(file.LocalPath)));
        if (request.Card is not null)
        {
            items.Add(new UploadItem(CardPath, UploadSource.Of(Encoding.UTF8.GetBytes(request.Card))));
        }

        return items.Count > 0
            ? [.. items.OrderBy(item => item.Path, StringComparer.Ordinal)]
            : throw new HubException(HubErrorKind.InvalidName, request.Folder is null ? "The upload names no files." : $"The folder '{HubText.Shown(request.Folder)}' holds no files to upload.");
    }

    private static void CheckAll(IReadOnlyList<string> paths)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (Fault(path) is { } fault)
            {
                throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(path)}' can't be a path on the hub: {fault}");
            }

            if (!seen.Add(path))
            {
                throw new HubException(HubErrorKind.InvalidName, $"Two files are named for '{HubText.Shown(path)}'.");
            }
        }

        foreach (var path in paths)
        {
            for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
            {
                if (seen.Contains(path[..end]))
                {
                    throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(path[..end])}' is named as a file and as a folder.");
                }
            }
        }
    }

    private static string? Fault(string path) => HubPaths.Fault(path)
        ?? (path.Split('/').Any(segment => IsGit(segment) || segment.Equals(".cache", StringComparison.OrdinalIgnoreCase)) ? "the hub takes nothing under '.git' or '.cache'." : null);

    private static bool IsGit(string name) => name.Equals(".git", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<HubUploadFile> OfFolder(string folder, string prefix)
    {
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new HubException(HubErrorKind.InvalidName, $"There is no folder '{HubText.Shown(folder)}'.");
        }

        var start = prefix.Trim('/') is { Length: > 0 } path ? $"{path}/" : "";
        try
        {
            return [.. Walk(new DirectoryInfo(root), "").Select(file => file with { RepositoryPath = start + file.RepositoryPath })];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HubException(HubErrorKind.Disk, $"The folder '{HubText.Shown(folder)}' can't be read: {HubText.Shown(exception.Message, 200)}", exception);
        }
    }

    // A link to a file stands for the file, as in the cache's snapshots. A link to a folder may lead anywhere, also back to where it is.
    private static IEnumerable<HubUploadFile> Walk(DirectoryInfo folder, string path)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            var name = path + entry.Name;
            if (IsGit(entry.Name) || IsDownloadState(name))
            {
                continue;
            }

            if (entry is not DirectoryInfo child)
            {
                yield return new HubUploadFile(name, entry.FullName);
                continue;
            }

            if (child.LinkTarget is not null)
            {
                throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(child.FullName)}' is a link to a folder, which is not followed. Name its files, or put the folder there.");
            }

            foreach (var file in Walk(child, $"{name}/"))
            {
                yield return file;
            }
        }
    }

    private static bool IsDownloadState(string path) => path == ".cache/huggingface" || path.EndsWith("/.cache/huggingface", StringComparison.Ordinal);
}
