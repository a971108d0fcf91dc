namespace Atelier.Tracking;

/// <summary>
/// Forwards everything to several trackers, and keeps a failing one from harming the others or the run.
/// </summary>
/// <remarks>
/// A tracker that throws is reported once and gets nothing more: a full disk or a closed file must not end hours of training.
/// The composite owns its trackers and disposes them, the failed ones too.
/// </remarks>
public sealed class CompositeTracker : IRunTracker
{
    private readonly Lock _lock = new();
    private readonly List<IRunTracker> _all;
    private readonly List<IRunTracker> _working;
    private readonly Action<IRunTracker, Exception> _onFailure;
    private bool _isDisposed;

    /// <summary>Creates a tracker that forwards to others.</summary>
    /// <param name="trackers">The trackers, called in this order; owned by the composite from now on.</param>
    /// <param name="onFailure">Told once for each tracker that fails, on the thread that logged; it must not throw.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public CompositeTracker(IEnumerable<IRunTracker> trackers, Action<IRunTracker, Exception> onFailure)
    {
        ArgumentNullException.ThrowIfNull(trackers);
        ArgumentNullException.ThrowIfNull(onFailure);

        _all = [.. trackers];
        _working = [.. _all];
        _onFailure = onFailure;
    }

    /// <summary>Gives the trackers that have not failed.</summary>
    public IReadOnlyList<IRunTracker> Working
    {
        get
        {
            lock (_lock)
            {
                return [.. _working];
            }
        }
    }

    /// <inheritdoc/>
    public void LogConfiguration(string json)
    {
        ArgumentNullException.ThrowIfNull(json);

        Forward(tracker => tracker.LogConfiguration(json));
    }

    /// <inheritdoc/>
    public void Log(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);

        Forward(tracker => tracker.Log(record));
    }

    /// <inheritdoc/>
    public void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentNullException.ThrowIfNull(images);

        Forward(tracker => tracker.LogImages(globalStep, tag, images));
    }

    /// <inheritdoc/>
    public void LogText(long globalStep, string tag, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentNullException.ThrowIfNull(text);

        Forward(tracker => tracker.LogText(globalStep, tag, text));
    }

    /// <summary>Disposes every tracker; one that fails while it is disposed is reported unless it was before.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            foreach (var tracker in _all)
            {
                Guard(tracker, static tracker => tracker.Dispose());
            }
        }
    }

    private void Forward(Action<IRunTracker> call)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            foreach (var tracker in _working.ToArray())
            {
                Guard(tracker, call);
            }
        }
    }

    private void Guard(IRunTracker tracker, Action<IRunTracker> call)
    {
        try
        {
            call(tracker);
        }
        catch (Exception exception)
        {
            if (_working.Remove(tracker))
            {
                _onFailure(tracker, exception);
            }
        }
    }
}
