namespace Atelier.Testing;

/// <summary>The server's clock: the real time, and what a test adds to it, so that signed URLs expire without waiting.</summary>
public sealed class HubClock : TimeProvider
{
    private long _offset;

    /// <summary>Moves the clock.</summary>
    /// <param name="time">How far.</param>
    public void Advance(TimeSpan time) => Interlocked.Add(ref _offset, time.Ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));
}
