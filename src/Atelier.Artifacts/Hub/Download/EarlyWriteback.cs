using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Has a growing file written to the disk while the rest of it arrives, so that the flush at its end has little left to wait for.</summary>
/// <remarks>Linux only; elsewhere, and where the file system does not know it, nothing happens. It promises nothing: the flush at the end does.</remarks>
internal static partial class EarlyWriteback
{
    private const long Step = 16L << 20;
    private const uint BeginWriting = 2; // SYNC_FILE_RANGE_WRITE

    /// <summary>Hears that a file has grown, and begins to write what is new, some megabytes at a time.</summary>
    /// <param name="file">The file.</param>
    /// <param name="before">Its length before.</param>
    /// <param name="after">Its length now.</param>
    public static void Advance(SafeFileHandle file, long before, long after)
    {
        var (from, to) = (before / Step * Step, after / Step * Step);
        if (to == from || !OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = SyncFileRange(file, from, to - from, BeginWriting);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // An older C library: the flush at the end takes longer.
        }
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long byteCount, uint flags);
}
