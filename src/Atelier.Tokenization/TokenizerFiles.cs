using System.Text;
using System.Text.Json;

namespace Atelier.Tokenization;

/// <summary>Reads and writes the files of CLIP's tokenizer format; every complaint names the file.</summary>
internal static class TokenizerFiles
{
    public const string Vocabulary = "vocab.json";
    public const string Merges = "merges.txt";
    public const string Config = "tokenizer_config.json";
    public const string SpecialTokens = "special_tokens_map.json";

    // The original reads no more merges than CLIP's own vocabulary has, even if a file holds more.
    private const int MaxMergeCount = 49152 - 256 - 2;

    /// <summary>Reads <c>vocab.json</c>: token → id.</summary>
    public static Dictionary<string, int> ReadVocabulary(string folder)
    {
        var path = Path.Combine(folder, Vocabulary);
        using var document = ReadObject(path) ?? throw Missing(path);
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        foreach (var entry in document.RootElement.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id < 0)
            {
                throw new InvalidDataException($"{path}: the id of token '{entry.Name}' is not a whole number from 0 on: {entry.Value.GetRawText()}.");
            }

            vocabulary[entry.Name] = id;
        }

        return vocabulary;
    }

    /// <summary>Reads <c>merges.txt</c>, whose first line is a version.</summary>
    public static BytePairMerges ReadMerges(string folder)
    {
        var path = Path.Combine(folder, Merges);
        if (!File.Exists(path))
        {
            throw Missing(path);
        }

        BytePairMerges merges = new();
        foreach (var (index, line) in File.ReadLines(path).Index().Skip(1).Take(MaxMergeCount))
        {
            switch (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                case [var left, var right]:
                    merges.Add(left, right);
                    break;
                case []:
                    break;
                default:
                    throw new InvalidDataException($"{path}, line {index + 1}: a merge is two tokens with a space between them, not '{line}'.");
            }
        }

        return merges;
    }

    /// <summary>Reads a file that holds a JSON object; null if there is no such file.</summary>
    public static JsonDocument? ReadObject(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var document = JsonDocument.Parse(File.ReadAllText(path));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: not valid JSON: {exception.Message}", exception);
        }

        throw new InvalidDataException($"{path}: holds no JSON object.");
    }

    /// <summary>Writes lines of UTF-8 without a byte-order mark, each ended by a line feed.</summary>
    public static void WriteLines(string path, IEnumerable<string> lines)
    {
        using StreamWriter writer = new(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        foreach (var line in lines)
        {
            writer.WriteLine(line);
        }
    }

    private static FileNotFoundException Missing(string path) => new($"There is no tokenizer file {path}.", path);
}
