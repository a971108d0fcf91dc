namespace Atelier.Artifacts.Hub.Http;

/// <summary>
/// Ends a wait in which nothing happens: started before it, restarted with everything that arrives or leaves, stopped after it. It limits silence and not the whole.
/// </summary>
internal sealed class SilenceTimer(TimeSpan limit) : IDisposable
{
    private CancellationTokenSource? _source;

    /// <summary>Gives how long the silence may be.</summary>
    public TimeSpan Limit => limit;

    /// <summary>Says whether the silence was too long.</summary>
    public bool HasElapsed { get; private set; }

    /// <summary>Starts the timer.</summary>
    /// <param name="cancellation">Ends the wait too.</param>
    /// <returns>What ends the wait; valid until the next start.</returns>
    public CancellationToken Start(CancellationToken cancellation)
    {
        _source?.Dispose();
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        HasElapsed = false;
        _source.CancelAfter(limit);
        return _source.Token;
    }

    /// <summary>Notes that something happened.</summary>
    public void Restart() => _source?.CancelAfter(limit);

    /// <summary>Lets the silence last; what the caller gave still ends the wait.</summary>
    public void Stop() => _source?.CancelAfter(System.Threading.Timeout.InfiniteTimeSpan);

    /// <summary>Makes an exception of the transport out of a wait that this timer ended.</summary>
    /// <param name="exception">The cancellation.</param>
    /// <param name="what">What was waited for.</param>
    /// <param name="cancellation">What the caller gave.</param>
    /// <returns>The exception to throw.</returns>
    public Exception Explain(OperationCanceledException exception, string what, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return new OperationCanceledException(exception.Message, exception, cancellation);
        }

        HasElapsed = true;
        if (exception.InnerException is TimeoutException)
        {
            return new HttpRequestException(HttpRequestError.ConnectionError, "no connection was made in time", exception);
        }

        return new HttpRequestException(HttpRequestError.Unknown, $"{what} for {limit.TotalSeconds:0.###} s", new TimeoutException(exception.Message, exception));
    }

    /// <inheritdoc/>
    public void Dispose() => _source?.Dispose();
}
