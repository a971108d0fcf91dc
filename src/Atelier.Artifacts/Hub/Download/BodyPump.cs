using System.Buffers;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>
/// Moves a body into a file: whatever arrives is written at once, and hashed in large blocks meanwhile. What has arrived is in the file, and hashed, when it ends, however it ends.
/// </summary>
/// <remarks>
/// Receiving and writing take about as long as hashing, so these are the two halves. On a fast line a transfer pays most for changes of threads: there is one for each block,
/// and the hashing thread is no thread of the pool, whose threads spin before they sleep.
/// </remarks>
internal sealed class BodyPump(PartialFile file, Action<long> progress) : IDisposable
{
    private const int BlockCount = 6;
    private const int BlockByteCount = 1 << 20;

    // Small enough that what was received is still in the processor's cache when it is written.
    private const int PieceByteCount = 1 << 18;

    private readonly Queue<Block?> _filled = new(); // null ends it
    private readonly SemaphoreSlim _free = new(BlockCount);
    private long _arrived = file.Position;
    private volatile bool _isBroken;

    /// <summary>Moves it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="limit">The most bytes that are taken.</param>
    /// <param name="timer">Ends a silence.</param>
    /// <param name="cancellation">Ends everything.</param>
    /// <returns>A task that ends at the body's end or at the limit.</returns>
    /// <exception cref="IOException">The body broke off; what had arrived is in the file.</exception>
    /// <exception cref="HubException">The file can't be written.</exception>
    public async Task MoveAsync(Stream body, long limit, SilenceTimer timer, CancellationToken cancellation)
    {
        var hashing = Task.Factory.StartNew(Hash, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var wait = timer.Start(cancellation);
            var remaining = limit;
            while (remaining > 0 && !_isBroken)
            {
                timer.Stop();
                await _free.WaitAsync(cancellation).ConfigureAwait(false);
                var block = new Block(ArrayPool<byte>.Shared.Rent((int)Math.Min(BlockByteCount, remaining)));
                try
                {
                    await FillAsync(block, body, remaining, timer, wait).ConfigureAwait(false);
                }
                catch (OperationCanceledException exception)
                {
                    throw timer.Explain(exception, "the transfer was silent", cancellation);
                }
                finally
                {
                    HandOver(block);
                }

                if (block.ByteCount == 0)
                {
                    return;
                }

                remaining -= block.ByteCount;
            }
        }
        finally
        {
            HandOver(null);
            await hashing.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    // Ends with a full block, or at the body's end; empty only where nothing came at all.
    private async Task FillAsync(Block block, Stream body, long remaining, SilenceTimer timer, CancellationToken wait)
    {
        var length = (int)Math.Min(block.Bytes.Length, remaining);
        while (block.ByteCount < length)
        {
            timer.Restart();
            var room = block.Bytes.AsMemory(block.ByteCount, Math.Min(PieceByteCount, length - block.ByteCount));
            var count = await body.ReadAsync(room, wait).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            timer.Stop();
            Write(room.Span[..count]);
            block.ByteCount += count;
        }
    }

    private void Write(ReadOnlySpan<byte> piece)
    {
        try
        {
            file.Write(piece, _arrived);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Explain(exception, "the file that is being fetched");
        }

        _arrived += piece.Length;
        progress(_arrived);
    }

    private void HandOver(Block? block)
    {
        lock (_filled)
        {
            _filled.Enqueue(block);
            Monitor.Pulse(_filled);
        }
    }

    private Block? Take()
    {
        lock (_filled)
        {
            while (_filled.Count == 0)
            {
                Monitor.Wait(_filled);
            }

            return _filled.Dequeue();
        }
    }

    private void Hash()
    {
        try
        {
            while (Take() is { } block)
            {
                file.Hash(block.Bytes.AsSpan(0, block.ByteCount));
                ArrayPool<byte>.Shared.Return(block.Bytes);
                _free.Release();
            }
        }
        catch
        {
            _isBroken = true; // nobody may wait for a block that does not come back
            _free.Release(BlockCount);
            throw;
        }
    }

    private sealed class Block(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public int ByteCount { get; set; }
    }
}
