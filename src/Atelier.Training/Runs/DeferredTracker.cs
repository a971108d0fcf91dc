using Atelier.Tracking;

namespace Atelier.Training.Runs;

/// <summary>Forwards to a tracker that is opened only once it is certain that the run starts.</summary>
internal sealed class DeferredTracker : IRunTracker
{
    /// <summary>Gets or sets the tracker; until there is one, everything is dropped.</summary>
    public IRunTracker? Target { get; set; }

    public void LogConfiguration(string json) => Target?.LogConfiguration(json);

    public void Log(RunRecord record) => Target?.Log(record);

    public void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images) => Target?.LogImages(globalStep, tag, images);

    public void LogText(long globalStep, string tag, string text) => Target?.LogText(globalStep, tag, text);

    public void Dispose() => Target?.Dispose();
}
