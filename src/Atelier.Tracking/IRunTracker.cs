namespace Atelier.Tracking;

/// <summary>
/// Receives what happens in a run and keeps it somewhere: in a file, for a viewer, in memory.
/// </summary>
/// <remarks>
/// A tracker may drop what its medium cannot hold and says so in its documentation. The trackers here can be called from any thread.
/// Disposing a tracker finishes its files.
/// </remarks>
public interface IRunTracker : IDisposable
{
    /// <summary>Keeps the run's settings; called once, before anything else.</summary>
    /// <param name="json">The settings as a JSON object.</param>
    void LogConfiguration(string json);

    /// <summary>Keeps one event with its values.</summary>
    /// <param name="record">The event; not to be changed afterwards.</param>
    void Log(RunRecord record);

    /// <summary>Keeps pictures.</summary>
    /// <param name="globalStep">The global step.</param>
    /// <param name="tag">The name of the group, such as <c>samples</c>; the same at every step.</param>
    /// <param name="images">The pictures.</param>
    void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images);

    /// <summary>Keeps a text, in Markdown where the medium shows it.</summary>
    /// <param name="globalStep">The global step.</param>
    /// <param name="tag">The text's name.</param>
    /// <param name="text">The text.</param>
    void LogText(long globalStep, string tag, string text);
}
