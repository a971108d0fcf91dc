namespace Atelier.Tracking;

/// <summary>Keeps everything in lists, for tests and for hooks that look back at the run.</summary>
/// <remarks>A list that was read stays as it was: it is a copy of what had been logged by then.</remarks>
public sealed class MemoryTracker : IRunTracker
{
    private readonly Lock _lock = new();
    private readonly List<string> _configurations = [];
    private readonly List<RunRecord> _records = [];
    private readonly List<TrackedImages> _images = [];
    private readonly List<TrackedText> _texts = [];

    /// <summary>Gives the settings that were logged, oldest first.</summary>
    public IReadOnlyList<string> Configurations => Copy(_configurations);

    /// <summary>Gives the events that were logged, oldest first.</summary>
    public IReadOnlyList<RunRecord> Records => Copy(_records);

    /// <summary>Gives the groups of pictures that were logged, oldest first.</summary>
    public IReadOnlyList<TrackedImages> Images => Copy(_images);

    /// <summary>Gives the texts that were logged, oldest first.</summary>
    public IReadOnlyList<TrackedText> Texts => Copy(_texts);

    /// <inheritdoc/>
    public void LogConfiguration(string json) => Add(_configurations, json);

    /// <inheritdoc/>
    public void Log(RunRecord record) => Add(_records, record);

    /// <inheritdoc/>
    public void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);

        Add(_images, new TrackedImages(globalStep, tag, [.. images]));
    }

    /// <inheritdoc/>
    public void LogText(long globalStep, string tag, string text) => Add(_texts, new TrackedText(globalStep, tag, text));

    /// <summary>Does nothing: what was logged stays readable.</summary>
    public void Dispose()
    {
    }

    private void Add<T>(List<T> list, T item)
    {
        ArgumentNullException.ThrowIfNull(item);

        lock (_lock)
        {
            list.Add(item);
        }
    }

    private List<T> Copy<T>(List<T> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }
}
