using System.Buffers;
using System.Threading.Channels;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>
/// Moves a body into a file: while one block is hashed and written, the next ones are read. What has arrived is in the file when it ends, however it ends.
/// </summary>
internal sealed class BodyPump(PartialFile file, Action<long> progress) : IDisposable
{
    private const int BlockCount = 8;

    // Small enough that a block is still in the processor's cache when it is hashed.
    private const int BlockByteCount = 1 << 18;

    private static readonly TimeSpan Hurry = TimeSpan.FromMilliseconds(100);

    // The blocks are counted, and with them the parts of blocks that wait here.
    private readonly Channel<Slice> _filled = Channel.CreateUnbounded<Slice>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _free = new(BlockCount);
    private readonly CancellationTokenSource _broken = new();
    private readonly Lock _lock = new();
    private Block? _current;
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
        // What has arrived goes to the disk in any case, so that an end of this process loses little of a slow transfer.
        await using var hurry = new Timer(_ => HandOver(isLast: false), state: null, Hurry, Hurry);
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
            Begin(new Block(ArrayPool<byte>.Shared.Rent((int)Math.Min(BlockByteCount, remaining))));
            try
            {
                var count = await FillBlockAsync(body, remaining, timer, wait).ConfigureAwait(false);
                remaining -= count;
                if (count == 0)
                {
                    return;
                }
            }
            catch (OperationCanceledException exception)
            {
                throw timer.Explain(exception, "the transfer was silent", cancellation);
            }
            finally
            {
                HandOver(isLast: true);
            }
        }
    }

    // Ends with a full block, or at the body's end; 0 only where nothing came at all.
    private async ValueTask<int> FillBlockAsync(Stream body, long remaining, SilenceTimer timer, CancellationToken wait)
    {
        var bytes = _current!.Bytes;
        var length = (int)Math.Min(bytes.Length, remaining);
        var filled = 0;
        while (filled < length)
        {
            timer.Restart();
            var count = await body.ReadAsync(bytes.AsMemory(filled, length - filled), wait).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            filled += count;
            lock (_lock)
            {
                _current.FilledCount = filled;
            }
        }

        return filled;
    }

    private void Begin(Block block)
    {
        lock (_lock)
        {
            _current = block;
        }
    }

    private void HandOver(bool isLast)
    {
        long arrived;
        lock (_lock)
        {
            if (_current is not { } block || (block.FilledCount == block.HandedCount && !isLast))
            {
                return;
            }

            var count = block.FilledCount - block.HandedCount;
            _filled.Writer.TryWrite(new Slice(block, block.HandedCount, count, isLast));
            block.HandedCount = block.FilledCount;
            arrived = _arrived += count;
            _current = isLast ? null : block;
        }

        progress(arrived);
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
