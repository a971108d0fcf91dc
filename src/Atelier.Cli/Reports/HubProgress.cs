using Atelier.Artifacts.Hub;
using Atelier.Tracking;

namespace Atelier.Cli.Reports;

/// <summary>Shows transfers between this machine and the hub as one bar, in megabytes, with another one before it while an upload is hashed, and warnings and waits as lines.</summary>
/// <param name="progress">Draws the bar; borrowed.</param>
/// <param name="name">A word for what is done, such as <c>download</c>.</param>
/// <param name="settings">Says whether bars and warnings are wanted.</param>
internal sealed class HubProgress(IProgressReporter progress, string name, HubSettings settings) : IHubObserver, IDisposable
{
    private const double Megabyte = 1e6;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _present = new(StringComparer.Ordinal);
    private ProgressStage? _stage;
    private long _byteCount;
    private int _fileCount;
    private int _finishedCount;
    private bool _isHashing;

    /// <inheritdoc/>
    public void Warn(string message)
    {
        if (settings.Verbosity is not ("error" or "critical"))
        {
            progress.WriteLine($"warning: {message}");
        }
    }

    /// <inheritdoc/>
    public void Waiting(string reason, TimeSpan delay) => progress.WriteLine(delay > TimeSpan.Zero ? $"{reason}; next try in {Math.Ceiling(delay.TotalSeconds):0} s" : reason);

    /// <inheritdoc/>
    public void TransferPlanned(int fileCount, long byteCount)
    {
        lock (_lock)
        {
            (_fileCount, _finishedCount, _isHashing) = (fileCount, 0, false);
            _present.Clear();
            Begin(name, byteCount);
        }
    }

    /// <inheritdoc/>
    public void FileStarted(string path, long? byteCount, long presentByteCount)
    {
        lock (_lock)
        {
            _present[path] = presentByteCount;
        }
    }

    /// <inheritdoc/>
    public void FileAdvanced(string path, long presentByteCount)
    {
        lock (_lock)
        {
            MoveTo(_byteCount + Math.Max(0, presentByteCount - _present.GetValueOrDefault(path)), Note()); // a transfer that begins again takes nothing back
            _present[path] = presentByteCount;
        }
    }

    /// <inheritdoc/>
    public void FileFinished(string path)
    {
        lock (_lock)
        {
            _finishedCount++;
            _stage?.Advance(0, Note());
        }
    }

    /// <inheritdoc/>
    public void HashingAdvanced(long hashedByteCount, long byteCount)
    {
        lock (_lock)
        {
            if (!_isHashing)
            {
                _isHashing = true;
                Begin("hashing", byteCount);
            }

            MoveTo(Math.Max(_byteCount, hashedByteCount), note: null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _stage?.Dispose();
            _stage = null;
        }
    }

    private void Begin(string stage, long byteCount)
    {
        _stage?.Dispose();
        _byteCount = 0;
        _stage = byteCount >= Megabyte && settings.ShowsProgressBars ? progress.Begin(stage, (long)(byteCount / Megabyte), "MB") : null; // less is over before a bar is seen
    }

    private void MoveTo(long byteCount, string? note)
    {
        var shown = (long)(_byteCount / Megabyte);
        _byteCount = byteCount;
        _stage?.Advance((long)(byteCount / Megabyte) - shown, note);
    }

    private string Note() => $"{_finishedCount} of {Counted.Files(_fileCount)}";
}
