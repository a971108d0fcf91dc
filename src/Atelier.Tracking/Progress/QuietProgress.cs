namespace Atelier.Tracking;

/// <summary>Shows nothing.</summary>
public sealed class QuietProgress : IProgressReporter
{
    /// <inheritdoc/>
    public ProgressStage Begin(string name, long total, string unit = "", long start = 0) =>
        new(name, total, unit, TimeProvider.System) { Start = start };

    /// <summary>Prints nothing.</summary>
    /// <param name="text">The line.</param>
    public void WriteLine(string text)
    {
    }

    /// <summary>Does nothing.</summary>
    public void Dispose()
    {
    }
}
