using System.Text;

namespace Atelier.Tracking;

/// <summary>
/// Writes an event file that TensorBoard shows, without TensorFlow or TensorBoard being installed.
/// </summary>
/// <remarks>
/// Numbers become points of the curve of their name, strings become texts, pictures keep their order as <c>tag/0</c>, <c>tag/1</c>, … and have their captions
/// in the text <c>tag/captions</c>, the settings are the text <c>config</c>. Lists of numbers are not kept.
/// </remarks>
public sealed class TensorBoardTracker : IRunTracker
{
    private readonly Lock _lock = new();
    private readonly TensorBoardEventFile _file;
    private readonly long _firstStep;

    /// <summary>Creates a new event file, <c>events.out.tfevents.&lt;unix seconds&gt;.&lt;host&gt;</c>.</summary>
    /// <param name="folder">The folder, created where it does not exist; a resumed run gives the one it had.</param>
    /// <param name="clock">Stamps the events and names the file.</param>
    /// <param name="firstStep">For a resumed run, the step at which it goes on: TensorBoard drops what earlier files of the folder say about this step and later ones. Null for a new run.</param>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is empty.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="clock"/> is null.</exception>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public TensorBoardTracker(string folder, TimeProvider clock, long? firstStep = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(clock);

        _file = new TensorBoardEventFile(folder, clock);
        _firstStep = firstStep ?? 0;
        if (firstStep is { } restart)
        {
            _file.WriteRestart(restart);
        }
    }

    /// <inheritdoc/>
    public void LogConfiguration(string json) => LogText(_firstStep, "config", $"```json\n{json}\n```");

    /// <inheritdoc/>
    public void Log(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);

        Write(record.Step, record.Values.Where(entry => entry.Value.Kind != RunValueKind.Numbers).Select(entry => entry.Value.Kind == RunValueKind.Text
            ? TensorBoardSummary.Text(entry.Key, entry.Value.Text)
            : TensorBoardSummary.Scalar(entry.Key, entry.Value.Number)));
    }

    /// <inheritdoc/>
    public void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);

        if (images.Count > 0)
        {
            Write(globalStep, [.. images.Select((image, index) => TensorBoardSummary.Image($"{tag}/{index}", image)), TensorBoardSummary.Text($"{tag}/captions", ListCaptions(images))]);
        }
    }

    /// <inheritdoc/>
    public void LogText(long globalStep, string tag, string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        Write(globalStep, [TensorBoardSummary.Text(tag, text)]);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }
    }

    private static string ListCaptions(IReadOnlyList<TrackedImage> images)
    {
        var text = new StringBuilder();
        for (var index = 0; index < images.Count; index++)
        {
            text.Append("- **").Append(index).Append("** ").Append(images[index].Caption).Append('\n');
        }

        return text.ToString();
    }

    private void Write(long globalStep, IEnumerable<ProtobufMessage> values)
    {
        lock (_lock)
        {
            _file.WriteSummary(globalStep, values);
        }
    }
}
