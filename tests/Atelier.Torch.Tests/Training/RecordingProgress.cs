using Atelier.Tracking;

namespace Atelier.Tests.Training;

/// <summary>Shows nothing and keeps the lines and the stages.</summary>
internal sealed class RecordingProgress : IProgressReporter
{
    public List<string> Lines { get; } = [];

    public List<ProgressStage> Stages { get; } = [];

    public ProgressStage Begin(string name, long total, string unit = "", long start = 0)
    {
        ProgressStage stage = new(name, total, unit, TimeProvider.System) { Start = start };
        Stages.Add(stage);
        return stage;
    }

    public void WriteLine(string text) => Lines.Add(text);

    public void Dispose()
    {
        // Nothing is open.
    }
}
