namespace Atelier.Tracking;

/// <summary>
/// Counts the items of one piece of work and estimates when it will be done; it ends when it is disposed.
/// </summary>
/// <remarks>Made by <see cref="IProgressReporter.Begin"/>. Can be called from any thread; advancing costs less than a microsecond plus what the listener does.</remarks>
public sealed class ProgressStage : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly Action<ProgressStage>? _changed;
    private readonly PaceEstimate _pace = new();
    private readonly long _begun;
    private long _advanced;
    private long? _ended;
    private long _done;
    private string _note = "";

    /// <summary>Begins a stage, for implementations of <see cref="IProgressReporter"/>.</summary>
    /// <param name="name">A word for what is done.</param>
    /// <param name="total">How many items the stage has in all, at least 0.</param>
    /// <param name="unit">What an item is, in the singular; may be empty.</param>
    /// <param name="clock">Measures the pace.</param>
    /// <param name="changed">Called after every advance and after the end, on the thread that did it.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="total"/> is negative.</exception>
    public ProgressStage(string name, long total, string unit, TimeProvider clock, Action<ProgressStage>? changed = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(clock);

        Name = name;
        Total = total;
        Unit = unit;
        _clock = clock;
        _changed = changed;
        _begun = clock.GetTimestamp();
        _advanced = _begun;
    }

    /// <summary>Gives the word for what is done.</summary>
    public string Name { get; }

    /// <summary>Gives the number of items in all.</summary>
    public long Total { get; }

    /// <summary>Says what an item is; may be empty.</summary>
    public string Unit { get; }

    /// <summary>Gives the number of items that were done before the stage began; they do not count for the pace.</summary>
    /// <value>0 unless a run is resumed.</value>
    public long Start { get; init; }

    /// <summary>Gives the number of items done, those before the stage began included.</summary>
    public long Count
    {
        get
        {
            lock (_lock)
            {
                return Start + _done;
            }
        }
    }

    /// <summary>Gives the part that is done, in [0, 1]; a stage without items is done.</summary>
    public double Fraction => Total == 0 ? 1 : Math.Clamp(Count / (double)Total, 0, 1);

    /// <summary>Gives the last note, or an empty string.</summary>
    public string Note
    {
        get
        {
            lock (_lock)
            {
                return _note;
            }
        }
    }

    /// <summary>Says whether the stage has ended.</summary>
    public bool IsEnded
    {
        get
        {
            lock (_lock)
            {
                return _ended is not null;
            }
        }
    }

    /// <summary>Gives the time since the stage began, up to its end.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_lock)
            {
                return _clock.GetElapsedTime(_begun, _ended ?? _clock.GetTimestamp());
            }
        }
    }

    /// <summary>Gives the time an item takes, smoothed over the last ones, or null while none is done.</summary>
    public TimeSpan? TimePerItem
    {
        get
        {
            lock (_lock)
            {
                return _pace.SecondsPerItem is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            }
        }
    }

    /// <summary>Estimates the time that is left, or null while nothing is known.</summary>
    /// <remarks>It runs down while an item is being done, but not below what the items after this one will take.</remarks>
    public TimeSpan? Remaining
    {
        get
        {
            lock (_lock)
            {
                var left = Total - Start - _done;
                if (left <= 0)
                {
                    return TimeSpan.Zero;
                }

                if (_pace.SecondsPerItem is not { } pace)
                {
                    return null;
                }

                var current = Math.Max(0, pace - _clock.GetElapsedTime(_advanced, _ended ?? _clock.GetTimestamp()).TotalSeconds);
                return TimeSpan.FromSeconds(current + ((left - 1) * pace));
            }
        }
    }

    /// <summary>Counts items as done.</summary>
    /// <param name="count">How many, at least 0.</param>
    /// <param name="note">A few words to show beside the bar, such as <c>reward 2.31</c>; null keeps the last ones.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public void Advance(long count = 1, string? note = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);

        lock (_lock)
        {
            if (_ended is not null)
            {
                return;
            }

            if (count > 0)
            {
                var now = _clock.GetTimestamp();
                _pace.Add(count, _clock.GetElapsedTime(_advanced, now));
                _advanced = now;
                _done += count;
            }

            _note = note ?? _note;
        }

        _changed?.Invoke(this); // outside the lock: the listener has one of its own
    }

    /// <summary>Ends the stage, whether or not all items are done.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_ended is not null)
            {
                return;
            }

            _ended = _clock.GetTimestamp();
        }

        _changed?.Invoke(this);
    }
}
