using Atelier.Tracking;

namespace Atelier.Tests.Training;

/// <summary>Shows nothing and keeps the lines.</summary>
internal sealed class RecordingProgress : IProgressReporter
{
    public List<string> Lines { get; } = [];

    public ProgressStage Begin(string name, long total, string unit = "", long start = 0) => new(name, total, unit, TimeProvider.System) { Start = start };

    public void WriteLine(string text) => Lines.Add(text);

    public void Dispose()
    {
        // Nothing is open.
    }
}
