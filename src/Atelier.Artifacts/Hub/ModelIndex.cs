using System.Collections.ObjectModel;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Holds a pipeline's <c>model_index.json</c>: which parts it is made of, each in the folder of its name.
/// </summary>
public sealed record ModelIndex
{
    /// <summary>The name of the file in a pipeline's folder.</summary>
    public const string FileName = "model_index.json";

    private const int MaximumByteCount = 1_000_000;
    private const string ClassNameKey = "_class_name";
    private const string DiffusersVersionKey = "_diffusers_version";

    private static readonly JsonWriterOptions WrittenFormat = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        IndentSize = 2,
        NewLine = "\n",
    };

    /// <summary>Gives the pipeline's class, such as <c>StableDiffusionPipeline</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>Gives the version of diffusers that wrote the file, or null when the file does not say.</summary>
    /// <value>Default: null.</value>
    public string? DiffusersVersion { get; init; }

    /// <summary>Gives the parts by name; a part that the pipeline knows but does not have, <c>[null, null]</c> in the file, is null.</summary>
    public required IReadOnlyDictionary<string, ModelComponent?> Components { get; init; }

    /// <summary>Gives everything that is no part: text, numbers and truth values such as <c>requires_safety_checker</c>.</summary>
    /// <value>Default: empty.</value>
    public IReadOnlyDictionary<string, JsonElement> Settings { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Reads the file.</summary>
    /// <param name="path">The <c>model_index.json</c>.</param>
    /// <returns>The index.</returns>
    /// <exception cref="InvalidDataException">The file is malformed; the message names the file and the key, the inner <see cref="JsonException"/> says why.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ModelIndex Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var document = JsonFile.Read(path, MaximumByteCount);
            return Parse(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Writes the file as diffusers does: two spaces of indentation, keys in ordinal order. It is written whole or not at all.
    /// </summary>
    /// <param name="path">The <c>model_index.json</c>; a file that exists is replaced.</param>
    /// <exception cref="InvalidOperationException">A key stands for two things.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var properties = Properties();
        AtomicFile.Write(path, stream =>
        {
            using (var json = new Utf8JsonWriter(stream, WrittenFormat))
            {
                json.WriteStartObject();
                foreach (var (key, write) in properties)
                {
                    json.WritePropertyName(key);
                    write(json);
                }

                json.WriteEndObject();
            }

            stream.Write("\n"u8);
        });
    }

    private static ModelIndex Parse(JsonElement root)
    {
        string? className = null;
        string? diffusersVersion = null;
        var components = new OrderedDictionary<string, ModelComponent?>(StringComparer.Ordinal);
        var settings = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            var key = JsonFile.Name(property);
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.String when key is ClassNameKey:
                    className = JsonFile.Text(property.Value);
                    break;
                case JsonValueKind.String when key is DiffusersVersionKey:
                    diffusersVersion = JsonFile.Text(property.Value);
                    break;
                case JsonValueKind.Array when key is not (ClassNameKey or DiffusersVersionKey):
                    components.Add(key, ParseComponent(key, property.Value));
                    break;
                case JsonValueKind.Object:
                case var _ when key is ClassNameKey or DiffusersVersionKey:
                    throw new JsonException($"'{key}' is a value of kind {property.Value.ValueKind}, which has no meaning there.");
                default:
                    settings.Add(key, property.Value.Clone());
                    break;
            }
        }

        return new ModelIndex
        {
            ClassName = className ?? throw new JsonException($"'{ClassNameKey}' is missing."),
            DiffusersVersion = diffusersVersion,
            Components = new ReadOnlyDictionary<string, ModelComponent?>(components),
            Settings = new ReadOnlyDictionary<string, JsonElement>(settings),
        };
    }

    private static ModelComponent? ParseComponent(string key, JsonElement value)
    {
        if (value.GetArrayLength() == 2)
        {
            var (library, className) = (value[0], value[1]);
            if (library.ValueKind == JsonValueKind.Null && className.ValueKind == JsonValueKind.Null)
            {
                return null;
            }

            if (library.ValueKind == JsonValueKind.String && className.ValueKind == JsonValueKind.String)
            {
                return new ModelComponent(JsonFile.Text(library), JsonFile.Text(className));
            }
        }

        throw new JsonException($"'{key}' is neither [library, class] nor [null, null].");
    }

    private SortedDictionary<string, Action<Utf8JsonWriter>> Properties()
    {
        var properties = new SortedDictionary<string, Action<Utf8JsonWriter>>(StringComparer.Ordinal)
        {
            [ClassNameKey] = json => json.WriteStringValue(ClassName),
        };
        if (DiffusersVersion is not null)
        {
            properties.Add(DiffusersVersionKey, json => json.WriteStringValue(DiffusersVersion));
        }

        foreach (var (key, component) in Components)
        {
            Add(key, json =>
            {
                json.WriteStartArray();
                json.WriteStringValue(component?.Library);
                json.WriteStringValue(component?.ClassName);
                json.WriteEndArray();
            });
        }

        foreach (var (key, value) in Settings)
        {
            Add(key, value.WriteTo);
        }

        return properties;

        void Add(string key, Action<Utf8JsonWriter> write)
        {
            if (!properties.TryAdd(key, write))
            {
                throw new InvalidOperationException($"'{key}' stands for two things in the model index.");
            }
        }
    }
}
