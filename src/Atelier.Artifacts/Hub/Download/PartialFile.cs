using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>
/// A file that is not complete: what is on disk and its running hash always agree. Bytes go to explicit offsets, so that a second writer could not make it longer than it is.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    /// <summary>How much is read, hashed and written at once.</summary>
    public const int BlockByteCount = 1 << 20;

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

    /// <summary>Adds the next bytes: hashed and written at the same time.</summary>
    /// <param name="block">The bytes.</param>
    /// <returns>A task that ends when both are done.</returns>
    public async Task AppendAsync(ReadOnlyMemory<byte> block)
    {
        var offset = Position;
        var writing = Task.Run(() =>
        {
            RandomAccess.Write(_handle, block.Span, offset);
            EarlyWriteback.Advance(_handle, offset, offset + block.Length);
        });
        _hash.Append(block.Span);
        await writing.ConfigureAwait(false);
        Position = offset + block.Length;
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

                _hash.Append(buffer.AsSpan(0, count));
                Position += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
