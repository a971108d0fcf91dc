namespace Atelier.Artifacts.Hub.Download;

/// <summary>Makes sense of a disk that is full or can't be written.</summary>
internal static class DiskFaults
{
    private const int NoSpaceOnUnix = 28;
    private const int QuotaOnLinux = 122;
    private const int NoSpaceOnWindows = unchecked((int)0x80070070);

    /// <summary>Makes the exception for the user.</summary>
    /// <param name="exception">What failed.</param>
    /// <param name="what">What was being written.</param>
    /// <returns>The exception.</returns>
    public static HubException Explain(Exception exception, string what)
    {
        var advice = IsFull(exception)
            ? "The disk is full: make room, or set HF_HUB_CACHE to a folder on another disk. What has arrived stays and is continued."
            : "Check the cache's rights and disk, or set HF_HUB_CACHE to another folder.";
        return new HubException(HubErrorKind.Disk, $"{what} can't be written ({HubText.Shown(exception.Message, 300).TrimEnd('.')}). {advice}", exception);
    }

    /// <summary>Says whether a write failed because there is no room.</summary>
    /// <param name="exception">What failed.</param>
    /// <returns>Whether it did.</returns>
    public static bool IsFull(Exception exception) => OperatingSystem.IsWindows() ? exception.HResult == NoSpaceOnWindows : exception.HResult is NoSpaceOnUnix or QuotaOnLinux;

    /// <summary>Checks that there is room, before the first byte.</summary>
    /// <param name="folder">Where the files will be.</param>
    /// <param name="neededByteCount">How many bytes will be written.</param>
    /// <param name="what">What they are.</param>
    /// <exception cref="HubException">There is too little room; the message has the numbers.</exception>
    public static void RequireRoom(string folder, long neededByteCount, string what)
    {
        if (neededByteCount > 0 && FreeByteCount(folder) is { } free && free < neededByteCount)
        {
            throw new HubException(
                HubErrorKind.Disk,
                $"{what} needs {HubText.Bytes(neededByteCount)} more, and {folder} has {HubText.Bytes(free)} free ({neededByteCount} and {free} bytes). Make room, or set HF_HUB_CACHE to a folder on another disk. None of these bytes was fetched.");
        }
    }

    /// <summary>Says whether a folder is on a file system that other machines may write too.</summary>
    /// <param name="folder">A folder.</param>
    /// <returns>Whether it may be.</returns>
    public static bool IsShared(string folder)
    {
        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).DriveType == DriveType.Network;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Asks how much room there is.</summary>
    /// <param name="folder">A folder, which need not exist yet.</param>
    /// <returns>How many bytes this user can still write, or null where nobody says.</returns>
    public static long? FreeByteCount(string folder)
    {
        try
        {
            var existing = folder;
            while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            {
                existing = parent;
            }

            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(existing)! : existing).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
