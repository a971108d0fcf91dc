using System.Diagnostics.CodeAnalysis;

namespace Atelier.Artifacts.Hub.Cache;

/// <summary>
/// Holds one lock file of the cache, in the way that Python's <c>filelock</c> understands: on Unix an open file without sharing is <c>flock(LOCK_EX)</c>, on Windows it keeps every other opener out.
/// </summary>
/// <remarks>The lock saves traffic. That no wrong content gets its name is the work of hashes and renames, so a cache without locks is slower and not wrong.</remarks>
internal sealed class CacheLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FileStream? _stream;
    private readonly string? _deletedAtEnd;

    private CacheLock(FileStream? stream, string? deletedAtEnd = null) => (_stream, _deletedAtEnd) = (stream, deletedAtEnd);

    /// <summary>Says whether others are really kept out.</summary>
    public bool IsHeld => _stream is not null;

    /// <summary>Waits until the lock is ours, or finds that there can't be one.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="observer">Hears of a long wait.</param>
    /// <param name="time">Measures the wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lock, to be disposed by the caller.</returns>
    public static async Task<CacheLock> AcquireAsync(string path, IHubObserver observer, TimeProvider time, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var hasSpoken = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryAcquire(path, out var taken))
            {
                return taken;
            }

            if (!hasSpoken && time.GetElapsedTime(start) >= Patience)
            {
                hasSpoken = true;
                observer.Waiting($"another process is fetching the same file (it holds {path})", Pause);
            }

            await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the lock go. The file stays: others may have it open.</summary>
    public void Dispose()
    {
        if (_deletedAtEnd is not null)
        {
            CacheFiles.DeleteQuietly(_deletedAtEnd);
        }

        _stream?.Dispose();
    }

    /// <summary>Takes the lock where it is free, or finds that there can't be one.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="taken">The lock, to be disposed by the caller.</param>
    /// <returns>False where somebody holds it.</returns>
    public static bool TryAcquire(string path, [NotNullWhen(true)] out CacheLock? taken)
    {
        taken = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var stream = Open(path, out var isNew);
            try
            {
                AllowGroup(stream);
                if (!IsStillThere(path, stream))
                {
                    stream.Dispose();
                    return false;
                }

                return Judge(path, stream, isNew, out taken);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch (IOException exception) when (IsBusy(exception))
        {
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            taken = new CacheLock(stream: null);
            return true;
        }
    }

    private static FileStream Open(string path, out bool isNew)
    {
        try
        {
            isNew = true;
            return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            isNew = false;
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
    }

    // .NET passes over a file system that has no flock: a second opener is then let in, and existing at all must be the lock, as it is in Python there.
    private static bool Judge(string path, FileStream stream, bool isNew, out CacheLock? taken)
    {
        if (IsLockingOff())
        {
            // Lock files that others left would be waited for without end.
            stream.Dispose();
            taken = new CacheLock(stream: null);
            return true;
        }

        if (!IsOpenToOthers(path))
        {
            taken = new CacheLock(stream);
            return true;
        }

        taken = isNew ? new CacheLock(stream, path) : null;
        if (taken is null)
        {
            stream.Dispose();
        }

        return taken is not null;
    }

    private static bool IsLockingOff() => (AppContext.TryGetSwitch("System.IO.DisableFileLocking", out var isOff) && isOff)
        || Environment.GetEnvironmentVariable("DOTNET_SYSTEM_IO_DISABLEFILELOCKING")?.ToUpperInvariant() is "1" or "TRUE";

    private static bool IsOpenToOthers(string path)
    {
        try
        {
            using var second = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Some versions of filelock delete the file when they let go: a lock on a file without a name guards nothing.
    private static bool IsStillThere(string path, FileStream stream)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var name = new FileInfo($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}").LinkTarget;
        return name?.EndsWith(" (deleted)", StringComparison.Ordinal) != true;
    }

    private static void AllowGroup(FileStream stream)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead;
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            if (File.GetUnixFileMode(stream.SafeFileHandle) != mode)
            {
                File.SetUnixFileMode(stream.SafeFileHandle, mode);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static bool IsBusy(IOException exception) => OperatingSystem.IsWindows()
        ? exception.HResult is unchecked((int)0x80070020) or unchecked((int)0x80070021)
        : exception.HResult == (OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? 35 : 11);
}
