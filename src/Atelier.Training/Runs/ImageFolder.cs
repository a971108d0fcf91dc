using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Atelier.Imaging;

namespace Atelier.Training.Runs;

/// <summary>Writes and reads folders of pictures with an <c>index.jsonl</c>.</summary>
public static class ImageFolder
{
    /// <summary>The name of the file with a line for each picture.</summary>
    public const string IndexFile = "index.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes pictures as the whole content of a folder.</summary>
    /// <param name="folder">The folder; what it held is replaced.</param>
    /// <param name="records">A line for each picture, with <see cref="ImageRecord.File"/> where it is saved.</param>
    /// <param name="images">The pictures to save, by that name.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string folder, IEnumerable<ImageRecord> records, IEnumerable<(string File, byte[] Png)> images)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(images);

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        foreach (var (file, png) in images)
        {
            File.WriteAllBytes(Path.Combine(folder, file), png);
        }

        File.WriteAllText(Path.Combine(folder, IndexFile), Describe(records));
    }

    /// <summary>Reads the saved pictures of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The pictures in the index's order; none when there is no such folder.</returns>
    /// <exception cref="InvalidDataException">A picture or the index is damaged.</exception>
    public static IReadOnlyList<ScoredImage> Read(string folder)
    {
        return [.. ReadIndex(folder)
            .Where(record => record.File is not null)
            .Select(record => new ScoredImage(PngFile.Read(Path.Combine(folder, Path.GetFileName(record.File!))), record.Prompt, record.Seed, record.Reward ?? float.NaN))];
    }

    /// <summary>Reads what a folder's index says.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>A record for each picture, saved or not, in the index's order; none when there is no such folder.</returns>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public static IReadOnlyList<ImageRecord> ReadIndex(string folder)
    {
        var index = Path.Combine(folder, IndexFile);
        try
        {
            return File.Exists(index) ? [.. File.ReadLines(index).Select(line => JsonSerializer.Deserialize<ImageRecord>(line, Json)!)] : [];
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{index} is damaged: {exception.Message}", exception);
        }
    }

    private static string Describe(IEnumerable<ImageRecord> records)
    {
        StringBuilder lines = new();
        foreach (var record in records)
        {
            lines.Append(JsonSerializer.Serialize(record, Json)).Append('\n');
        }

        return lines.ToString();
    }
}
