using System.Text.Json;

namespace Atelier.Tracking;

/// <summary>Reads what <see cref="JsonLinesTracker"/> wrote.</summary>
public static class RunLog
{
    /// <summary>Reads every complete record of a file, which may belong to a run that is still going on.</summary>
    /// <param name="path">The file, such as <c>metrics.jsonl</c> of a run folder.</param>
    /// <returns>The records in file order; a last line that a crash has cut off is left out.</returns>
    /// <exception cref="InvalidDataException">A line before the last one is not a record; the message has its number.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<RunRecord> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return [.. Scan(stream).Select(entry => entry.Record)];
    }

    /// <summary>Reads a stream's records from its start, each with the offset just behind its line.</summary>
    internal static List<(RunRecord Record, long End)> Scan(FileStream stream)
    {
        var content = new byte[stream.Length];
        stream.Position = 0;
        var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);

        List<(RunRecord Record, long End)> entries = [];
        for (var start = 0; start < length;)
        {
            var lineFeed = content.AsSpan(start, length - start).IndexOf((byte)'\n');
            var end = lineFeed < 0 ? length : start + lineFeed + 1;
            try
            {
                entries.Add((RunRecordJson.Decode(content.AsMemory(start, end - start)), end));
            }
            catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException)
            {
                // Lines are written one at a time, so only the last one can be torn.
                if (end == length)
                {
                    break;
                }

                throw new InvalidDataException($"{stream.Name}, line {entries.Count + 1}: {exception.Message}", exception);
            }

            start = end;
        }

        return entries;
    }
}
