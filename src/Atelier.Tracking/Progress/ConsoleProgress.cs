namespace Atelier.Tracking;

/// <summary>
/// Shows progress on a text output: bars that are redrawn in place on a terminal, plain lines elsewhere.
/// </summary>
/// <remarks>
/// <para>
/// On a terminal up to three stages have a bar each, redrawn at most ten times a second; the bar of an outermost stage stays when the stage ends.
/// Elsewhere one line is printed whenever an outermost stage that has stages inside finishes an item, such as an epoch; work in progress gets a line at
/// most every <see cref="ConsoleProgressOptions.LineInterval"/>.
/// </para>
/// <para>Bars are drawn with block characters where the writer's encoding has them, else with <c>#</c> and <c>-</c>. The writer belongs to the caller.</para>
/// </remarks>
public sealed class ConsoleProgress : IProgressReporter
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<ProgressStage> _open = [];
    private readonly TimeProvider _clock;
    private readonly IProgressView _view;
    private readonly ITimer? _timer;
    private int _width;
    private bool _isDisposed;

    /// <summary>Creates a reporter that has shown nothing yet.</summary>
    /// <param name="writer">Where to write; flushed after every change.</param>
    /// <param name="options">How to show progress.</param>
    /// <param name="clock">Measures time and keeps the display of a terminal going.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The width is not positive, or the interval negative.</exception>
    public ConsoleProgress(TextWriter writer, ConsoleProgressOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        if (options.Width <= 0 || options.LineInterval < TimeSpan.Zero)
        {
            throw new ArgumentException($"The width must be positive and the interval not negative: {options.Width}, {options.LineInterval}.", nameof(options));
        }

        _clock = clock;
        _width = options.Width;
        if (options.IsTerminal)
        {
            _view = new TerminalView(writer, options.HasColor, () => _width, clock);
            _timer = clock.CreateTimer(_ => Refresh(), state: null, RefreshInterval, RefreshInterval);
        }
        else
        {
            _view = new PlainView(writer, options.LineInterval, clock);
        }
    }

    /// <summary>Gets or sets the terminal's width in columns, for the next redraw: a person may resize the window while hours of training run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive.</exception>
    public int Width
    {
        get => Volatile.Read(ref _width);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            Volatile.Write(ref _width, value);
        }
    }

    /// <inheritdoc/>
    public ProgressStage Begin(string name, long total, string unit = "", long start = 0)
    {
        var stage = new ProgressStage(name, total, unit, _clock, Change) { Start = start };
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _open.Add(stage);
                _view.Begin(_open);
            }
        }

        return stage;
    }

    /// <summary>Prints a line that stays, above the bars; also after the reporter was disposed.</summary>
    /// <param name="text">The line, without its end.</param>
    public void WriteLine(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        lock (_lock)
        {
            _view.WriteLine(text, _open);
        }
    }

    /// <summary>Leaves the terminal on a fresh line; stages that are still open are shown no longer.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _timer?.Dispose();
            _view.Close(_open);
            _open.Clear();
        }
    }

    private void Change(ProgressStage stage)
    {
        lock (_lock)
        {
            var index = _open.LastIndexOf(stage);
            if (index < 0)
            {
                return;
            }

            if (stage.IsEnded)
            {
                _open.RemoveRange(index, _open.Count - index); // what was begun inside it is over too
                _view.End(stage, _open);
            }
            else
            {
                _view.Advance(stage, _open);
            }
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            try
            {
                _view.Refresh(_open);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The output is gone. Thrown on a timer's thread, that would end the process.
                _timer?.Dispose();
            }
        }
    }
}
