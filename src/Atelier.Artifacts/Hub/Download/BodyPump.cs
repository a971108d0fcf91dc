using System.Buffers;
using System.Threading.Channels;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>
/// Moves a body into a file: while one block is hashed and written, the next ones are read. What has arrived is in the file when it ends, however it ends.
/// </summary>
internal sealed class BodyPump(PartialFile file, Action<long> progress) : IDisposable
{
    private const int BlockCount = 4;

    // The blocks are counted, and with them the parts of blocks that wait here.
    private readonly Channel<Slice> _filled = Channel.CreateUnbounded<Slice>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _free = new(BlockCount);
    private readonly CancellationTokenSource _broken = new();
    private int _queuedCount;
    private long _arrived = file.Position;

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
        var storing = Task.Run(StoreAsync, CancellationToken.None);
        try
        {
            await FillAsync(body, limit, timer, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (storing.IsFaulted || _broken.IsCancellationRequested)
        {
            // Storing says below what happened.
        }
        finally
        {
            _filled.Writer.Complete();
            await storing.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _broken.Dispose();
        _free.Dispose();
    }

    private async Task FillAsync(Stream body, long limit, SilenceTimer timer, CancellationToken cancellation)
    {
        var wait = timer.Start(cancellation);
        var remaining = limit;
        while (remaining > 0)
        {
            timer.Stop();
            await WaitForRoomAsync(cancellation).ConfigureAwait(false);
            var block = new Block(ArrayPool<byte>.Shared.Rent((int)Math.Min(PartialFile.BlockByteCount, remaining)));
            try
            {
                do
                {
                    timer.Restart();
                    var count = await ReadAsync(body, block, remaining, timer, wait, cancellation).ConfigureAwait(false);
                    if (count == 0)
                    {
                        return;
                    }

                    block.FilledCount += count;
                    remaining -= count;
                }
                while (remaining > 0 && block.FilledCount < block.Bytes.Length && Volatile.Read(ref _queuedCount) > 0);
            }
            finally
            {
                HandOver(block, isLast: true);
            }
        }
    }

    private async ValueTask<int> ReadAsync(Stream body, Block block, long remaining, SilenceTimer timer, CancellationToken wait, CancellationToken cancellation)
    {
        try
        {
            var reading = body.ReadAsync(block.Bytes.AsMemory(block.FilledCount, (int)Math.Min(block.Bytes.Length - block.FilledCount, remaining)), wait);
            if (!reading.IsCompleted)
            {
                // Nothing more is here now: what is, goes to the disk, so that an end of this process does not lose it.
                HandOver(block, isLast: false);
            }

            return await reading.ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw timer.Explain(exception, "the transfer was silent", cancellation);
        }
    }

    private void HandOver(Block block, bool isLast)
    {
        var count = block.FilledCount - block.HandedCount;
        if (count == 0 && !isLast)
        {
            return;
        }

        Interlocked.Increment(ref _queuedCount);
        _filled.Writer.TryWrite(new Slice(block, block.HandedCount, count, isLast));
        block.HandedCount = block.FilledCount;
        _arrived += count;
        progress(_arrived);
    }

    private async Task WaitForRoomAsync(CancellationToken cancellation)
    {
        if (_free.Wait(0, cancellation))
        {
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _broken.Token);
        await _free.WaitAsync(either.Token).ConfigureAwait(false);
    }

    private async Task StoreAsync()
    {
        try
        {
            await foreach (var slice in _filled.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                if (slice.Count > 0)
                {
                    await file.AppendAsync(slice.Block.Bytes.AsMemory(slice.Start, slice.Count)).ConfigureAwait(false);
                }

                Interlocked.Decrement(ref _queuedCount);
                if (slice.IsLast)
                {
                    ArrayPool<byte>.Shared.Return(slice.Block.Bytes);
                    _free.Release();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await _broken.CancelAsync().ConfigureAwait(false);
            throw DiskFaults.Explain(exception, "the file that is being fetched");
        }
    }

    private sealed class Block(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public int FilledCount { get; set; }

        public int HandedCount { get; set; }
    }

    private sealed record Slice(Block Block, int Start, int Count, bool IsLast);
}
