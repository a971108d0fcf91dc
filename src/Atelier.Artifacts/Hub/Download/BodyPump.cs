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

    // A block that is handed over early, because nobody is busy, may be small; a full queue makes them large.
    private readonly Channel<Block> _filled = Channel.CreateBounded<Block>(new BoundedChannelOptions(BlockCount) { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _free = new(BlockCount);
    private readonly CancellationTokenSource _broken = new();
    private int _queuedCount;

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
        var arrived = file.Position;
        var remaining = limit;
        while (remaining > 0)
        {
            timer.Stop();
            await WaitForRoomAsync(cancellation).ConfigureAwait(false);
            var block = ArrayPool<byte>.Shared.Rent((int)Math.Min(PartialFile.BlockByteCount, remaining));
            var count = 0;
            var isOver = false;
            try
            {
                do
                {
                    timer.Restart();
                    var more = await ReadAsync(body, block.AsMemory(count, (int)Math.Min(block.Length - count, remaining)), timer, wait, cancellation).ConfigureAwait(false);
                    isOver = more == 0;
                    count += more;
                    remaining -= more;
                }
                while (!isOver && remaining > 0 && count < block.Length && Volatile.Read(ref _queuedCount) > 0);
            }
            finally
            {
                arrived += count;
                Interlocked.Increment(ref _queuedCount);
                await _filled.Writer.WriteAsync(new Block(block, count), CancellationToken.None).ConfigureAwait(false);
            }

            progress(arrived);
            if (isOver)
            {
                return;
            }
        }
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

    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> place, SilenceTimer timer, CancellationToken wait, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(place, wait).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw timer.Explain(exception, "the transfer was silent", cancellation);
        }
    }

    private async Task StoreAsync()
    {
        try
        {
            await foreach (var block in _filled.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                try
                {
                    if (block.Count > 0)
                    {
                        await file.AppendAsync(block.Bytes.AsMemory(0, block.Count)).ConfigureAwait(false);
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(block.Bytes);
                    Interlocked.Decrement(ref _queuedCount);
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

    private sealed record Block(byte[] Bytes, int Count);
}
