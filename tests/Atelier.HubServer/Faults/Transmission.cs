namespace Atelier.Testing;

/// <summary>How fast an answer's body goes out.</summary>
internal sealed record Transmission
{
    public static Transmission Normal { get; } = new();

    /// <summary>After how many bytes there is silence.</summary>
    public long? PauseAfter { get; init; }

    /// <summary>How long the silence lasts; without it, for ever.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>Bytes at a time, for a slow drip.</summary>
    public int? DripSize { get; init; }

    /// <summary>The time between two drips.</summary>
    public TimeSpan DripInterval { get; init; }

    public async Task SendAsync(HostedContent body, Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellation)
    {
        long position = 0;
        await body.CopyToAsync(async piece =>
        {
            while (piece.Length > 0)
            {
                if (position == PauseAfter)
                {
                    await Task.Delay(Pause ?? Timeout.InfiniteTimeSpan, cancellation);
                }

                var count = NextCount(position, piece.Length);
                await sink(piece[..count]);
                position += count;
                piece = piece[count..];
                if (DripSize is not null)
                {
                    await Task.Delay(DripInterval, cancellation);
                }
            }
        });
        if (position == PauseAfter && body.Length == position)
        {
            await Task.Delay(Pause ?? Timeout.InfiniteTimeSpan, cancellation);
        }
    }

    private int NextCount(long position, int available)
    {
        var count = Math.Min(available, DripSize ?? int.MaxValue);
        return PauseAfter is { } pause && pause > position ? (int)Math.Min(count, pause - position) : count;
    }
}
