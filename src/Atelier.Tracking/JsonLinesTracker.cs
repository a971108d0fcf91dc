namespace Atelier.Tracking;

/// <summary>
/// Writes each event as one line of JSON, which is in the operating system's hands when the call returns.
/// </summary>
/// <remarks>
/// <para>
/// Records and texts are kept. Pictures and settings are not: a run folder holds them in files of their own.
/// A text becomes a record of kind <c>text</c> with the values <c>tag</c> and <c>text</c>.
/// </para>
/// <para>
/// Nothing in a line depends on the moment at which it was written, except <c>seconds</c>, the last field, and only where a clock was given.
/// So the file of a resumed run is the same, byte for byte, as that of a run that was never interrupted. <see cref="RunLog"/> reads it.
/// </para>
/// </remarks>
public sealed class JsonLinesTracker : IRunTracker
{
    private readonly Lock _lock = new();
    private readonly FileStream _stream;
    private readonly TimeProvider? _clock;
    private readonly long _opened;
    private readonly double _secondsBefore;

    /// <summary>Starts a new file.</summary>
    /// <param name="path">The file, which must not exist; its folder is created.</param>
    /// <param name="clock">Measures the field <c>seconds</c>; null leaves the field out.</param>
    /// <exception cref="IOException">The file exists (a run that goes on calls <see cref="Resume(string, long, TimeProvider?)"/>) or cannot be written.</exception>
    public JsonLinesTracker(string path, TimeProvider? clock = null)
        : this(Open(path, FileMode.CreateNew, FileAccess.Write), clock, secondsBefore: 0)
    {
    }

    private JsonLinesTracker(FileStream stream, TimeProvider? clock, double secondsBefore)
    {
        _stream = stream;
        _clock = clock;
        _opened = clock?.GetTimestamp() ?? 0;
        _secondsBefore = secondsBefore;
    }

    /// <summary>Continues a file from a step, after dropping what an interrupted run wrote at that step or later.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="firstStep">The step at which the run goes on: the records before the first one with this step or a later one are kept.</param>
    /// <param name="clock">Measures the field <c>seconds</c>, which goes on from the last kept record; null leaves the field out.</param>
    /// <returns>The tracker, at the end of what was kept.</returns>
    /// <exception cref="InvalidDataException">A line before the last one is not a record.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static JsonLinesTracker Resume(string path, long firstStep, TimeProvider? clock = null) =>
        Resume(path, record => record.Step < firstStep, clock);

    /// <summary>Continues a file, after dropping the first record that is not to be kept and all that follows it.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="keep">Says whether a record was written before the position at which the run goes on; asked in file order, up to the first no.</param>
    /// <param name="clock">Measures the field <c>seconds</c>, which goes on from the last kept record; null leaves the field out.</param>
    /// <returns>The tracker, at the end of what was kept.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="keep"/> is null.</exception>
    /// <exception cref="InvalidDataException">A line before the last one is not a record.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static JsonLinesTracker Resume(string path, Func<RunRecord, bool> keep, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(keep);

        var stream = Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        try
        {
            var (end, seconds) = (0L, 0.0);
            foreach (var entry in RunLog.Scan(stream).TakeWhile(entry => keep(entry.Record)))
            {
                (end, seconds) = (entry.End, entry.Record.Seconds ?? seconds);
            }

            stream.SetLength(end);
            EndLine(stream);
            return new JsonLinesTracker(stream, clock, seconds);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Keeps nothing: a run folder has the settings in <c>config.json</c>.</summary>
    /// <param name="json">The settings.</param>
    public void LogConfiguration(string json)
    {
    }

    /// <inheritdoc/>
    public void Log(RunRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);

        lock (_lock)
        {
            double? seconds = _clock is null ? null : _secondsBefore + _clock.GetElapsedTime(_opened).TotalSeconds;
            _stream.Write(RunRecordJson.Encode(record, seconds));
            _stream.Flush();
        }
    }

    /// <summary>Keeps nothing: a run folder has the pictures in <c>images/</c>.</summary>
    /// <param name="globalStep">The global step.</param>
    /// <param name="tag">The name of the group.</param>
    /// <param name="images">The pictures.</param>
    public void LogImages(long globalStep, string tag, IReadOnlyList<TrackedImage> images)
    {
    }

    /// <inheritdoc/>
    public void LogText(long globalStep, string tag, string text) => Log(new RunRecord(globalStep, "text") { ["tag"] = tag, ["text"] = text });

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stream.Dispose();
        }
    }

    // Unbuffered, so that a line is one write and a crash of this process loses none that was logged.
    private static FileStream Open(string path, FileMode mode, FileAccess access)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new FileStream(path, mode, access, FileShare.Read, bufferSize: 0);
    }

    // A complete last record may have lost its line feed.
    private static void EndLine(FileStream stream)
    {
        if (stream.Length > 0)
        {
            stream.Position = stream.Length - 1;
            if (stream.ReadByte() != '\n')
            {
                stream.WriteByte((byte)'\n');
            }
        }

        stream.Position = stream.Length;
    }
}
