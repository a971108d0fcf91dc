using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>
/// A file that is not complete: its running hash covers what is on disk up to its position. Bytes go to explicit offsets, so that a second writer could not make it longer than it is.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int BlockByteCount = 1 << 20;

    private readonly SafeFileHandle _handle;
    private readonly string _contentId;
    private readonly long _byteCount;
    private ContentHash _hash;

    private PartialFile(SafeFileHandle handle, string contentId, long byteCount)
    {
        (_handle, _contentId, _byteCount) = (handle, contentId, byteCount);
        _hash = new ContentHash(contentId, byteCount);
    }

    /// <summary>Gives how many bytes are there.</summary>
    public long Position { get; private set; }

    /// <summary>Says whether all bytes are there.</summary>
    public bool IsFull => Position == _byteCount;

    /// <summary>Gives how many bytes are missing.</summary>
    public long MissingByteCount => _byteCount - Position;

    /// <summary>Opens the file, or creates it, and hashes what an earlier try left.</summary>
    /// <param name="path">The file.</param>
    /// <param name="contentId">The id of the whole content.</param>
    /// <param name="byteCount">Its size.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The open file, owned by the caller.</returns>
    public static PartialFile Open(string path, string contentId, long byteCount, CancellationToken cancellation)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            File.Delete(path); // nothing is written through a link
        }

        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var file = new PartialFile(handle, contentId, byteCount);
            if (RandomAccess.GetLength(handle) > byteCount)
            {
                file.Restart();
            }

            file.HashPresent(cancellation);
            return file;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Writes bytes. They count when they are hashed too.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">Where they begin in the file.</param>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        RandomAccess.Write(_handle, bytes, offset);
        EarlyWriteback.Advance(_handle, offset, offset + bytes.Length);
    }

    /// <summary>Hashes the next bytes, which have been written: from now on they are there.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Hash(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        Position += bytes.Length;
    }

    /// <summary>Throws everything away.</summary>
    public void Restart()
    {
        RandomAccess.SetLength(_handle, 0);
        Position = 0;
        _hash.Dispose();
        _hash = new ContentHash(_contentId, _byteCount);
    }

    /// <summary>Says whether the whole content is the one that was promised. Afterwards the hash is used up.</summary>
    /// <returns>Whether it is.</returns>
    public bool Matches() => _hash.Finish() == _contentId;

    /// <summary>Reads the whole file again: on a network's file system another machine may have written into it.</summary>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Whether it still is what it was.</returns>
    public bool MatchesOnDisk(CancellationToken cancellation)
    {
        if (RandomAccess.GetLength(_handle) != _byteCount)
        {
            return false;
        }

        _hash.Dispose();
        _hash = new ContentHash(_contentId, _byteCount);
        Position = 0;
        HashPresent(cancellation);
        return Matches();
    }

    /// <summary>Makes sure that a loss of power leaves the bytes.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_handle);

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        _handle.Dispose();
    }

    private void HashPresent(CancellationToken cancellation)
    {
        var length = RandomAccess.GetLength(_handle);
        if (length == 0)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BlockByteCount);
        try
        {
            while (Position < length)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = RandomAccess.Read(_handle, buffer, Position);
                if (count == 0)
                {
                    break;
                }

                Hash(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
