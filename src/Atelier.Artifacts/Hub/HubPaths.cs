using System.Buffers;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Decides which names from a repository or a command line may become paths. They are judged alike on every system, so that a repository that one machine accepts is not a trap on another.
/// </summary>
public static class HubPaths
{
    private static readonly HashSet<string> WindowsDevices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    private static readonly SearchValues<char> WindowsForbidden = SearchValues.Create("<>:\"|?*");

    /// <summary>Checks one name.</summary>
    /// <param name="path">A path in a repository, with <c>/</c> between folders.</param>
    /// <returns>The same path.</returns>
    /// <exception cref="HubException">The name would leave its folder, or a file system would read it differently.</exception>
    public static string Checked(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Fault(path) is { } fault
            ? throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(path)}' is not a safe file name: {fault}")
            : path;
    }

    /// <summary>Checks all names of one listing together.</summary>
    /// <param name="paths">The paths.</param>
    /// <exception cref="HubException">One of them is not safe, or a file is also a folder, or on Windows or macOS two differ only in case.</exception>
    public static void CheckAll(IEnumerable<string> paths) => CheckAll(paths, OperatingSystem.IsWindows(), ignoresCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS());

    /// <summary>Joins a checked name to a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">A path in a repository.</param>
    /// <returns>The absolute path, inside the folder.</returns>
    /// <exception cref="HubException">The name is not safe.</exception>
    public static string Join(string folder, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var parent = Path.GetFullPath(folder);
        var joined = Path.GetFullPath(Path.Join(parent, Checked(path).Replace('/', Path.DirectorySeparatorChar)));
        var start = Path.EndsInDirectorySeparator(parent) ? parent : parent + Path.DirectorySeparatorChar;
        return joined.StartsWith(start, StringComparison.Ordinal)
            ? joined
            : throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(path)}' leads out of its folder.");
    }

    /// <summary>Says what is wrong with a name.</summary>
    /// <param name="path">The name.</param>
    /// <param name="isWindows">Whether the names that only Windows reads differently are refused too; null means on Windows.</param>
    /// <returns>A sentence, or null when nothing is wrong.</returns>
    internal static string? Fault(string path, bool? isWindows = null)
    {
        if (path.Length == 0)
        {
            return "it is empty.";
        }

        if (path.Contains('\\', StringComparison.Ordinal))
        {
            return @"it contains '\'.";
        }

        if (path.Any(char.IsControl))
        {
            return "it contains a control character.";
        }

        if (path[0] == '/' || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0])))
        {
            return "it is absolute.";
        }

        return path.Split('/').Select(segment => SegmentFault(segment, isWindows ?? OperatingSystem.IsWindows())).FirstOrDefault(fault => fault is not null);
    }

    /// <summary>Checks all names of one listing together.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="isWindows">Whether the names that only Windows reads differently are refused.</param>
    /// <param name="ignoresCase">Whether names that differ only in case are refused.</param>
    internal static void CheckAll(IEnumerable<string> paths, bool isWindows, bool ignoresCase)
    {
        var seen = new Dictionary<string, string>(ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (Fault(path, isWindows) is { } fault)
            {
                throw new HubException(HubErrorKind.InvalidName, $"The repository lists the file '{HubText.Shown(path)}', which is refused: {fault}");
            }

            if (!seen.TryAdd(path, path))
            {
                throw new HubException(HubErrorKind.InvalidName, $"The repository lists '{HubText.Shown(path)}' and '{HubText.Shown(seen[path])}', which are one file here.");
            }
        }

        foreach (var path in seen.Keys)
        {
            for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
            {
                if (seen.ContainsKey(path[..end]))
                {
                    throw new HubException(HubErrorKind.InvalidName, $"The repository lists '{HubText.Shown(path[..end])}' as a file and as a folder.");
                }
            }
        }
    }

    private static string? SegmentFault(string segment, bool isWindows)
    {
        if (segment.Length == 0)
        {
            return "it has an empty part.";
        }

        if (segment is "." or "..")
        {
            return $"'{segment}' is no part of a name.";
        }

        if (!isWindows)
        {
            return null;
        }

        if (segment.AsSpan().IndexOfAny(WindowsForbidden) >= 0)
        {
            return "Windows does not allow one of < > : \" | ? * in it.";
        }

        if (segment[^1] is '.' or ' ')
        {
            return "Windows drops a final dot or blank.";
        }

        return WindowsDevices.Contains(segment.Split('.')[0].TrimEnd(' ')) ? "it is the name of a device on Windows." : null;
    }
}
