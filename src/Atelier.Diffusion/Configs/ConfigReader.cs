using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Atelier.Diffusion.Configs;

/// <summary>Reads a checkpoint's <c>config.json</c> into a typed record and refuses what the record does not cover.</summary>
/// <remarks>A key is read into a property, must have one of the given values, or is on the short list of keys that do not change any result. Every other one is refused by name.</remarks>
internal sealed class ConfigReader
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.Strict,
    };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Gets the keys that change no result.</summary>
    public required IReadOnlyList<string> Harmless { get; init; }

    /// <summary>Gets the keys that must have one of these values (null, bool, double or string) where they are present.</summary>
    public required IReadOnlyDictionary<string, object?[]> Required { get; init; }

    public T Read<T>(string path)
        where T : class
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing.", path);
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Strict);
            return Parse<T>(document.RootElement, path);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter for a name that is no Unicode
        {
            throw new InvalidDataException($"{path} is not the JSON that it should be: {exception.Message}", exception);
        }
    }

    public T Parse<T>(JsonElement json, string source)
        where T : class
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{source} is not a JSON object.");
        }

        try
        {
            return Convert<T>(json, source);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{source} holds a string that is not valid Unicode.", exception);
        }
    }

    private T Convert<T>(JsonElement json, string source)
        where T : class
    {
        var known = typeof(T).GetProperties().Where(property => property.SetMethod is not null)
            .Select(property => property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).ToHashSet(StringComparer.Ordinal);
        var refused = json.EnumerateObject().Where(entry => IsRefused(entry, known)).Select(entry => $"{entry.Name} = {entry.Value.GetRawText()}").ToList();
        if (refused.Count > 0)
        {
            throw new NotSupportedException($"{source} asks for what is not implemented: {string.Join(", ", refused)}.");
        }

        // A null leaves the default, as in the original's constructors.
        var present = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var entry in json.EnumerateObject().Where(entry => entry.Value.ValueKind != JsonValueKind.Null))
        {
            present[entry.Name] = entry.Value;
        }

        try
        {
            return JsonSerializer.SerializeToElement(present).Deserialize<T>(Options)!;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source}: {Blame(exception, present)}", exception);
        }
    }

    // The serializer's own message counts lines of a text that nobody has seen.
    private static string Blame(JsonException exception, Dictionary<string, JsonElement> present)
    {
        var key = (exception.Path ?? string.Empty).TrimStart('$', '.').Split('[', '.')[0];
        return present.TryGetValue(key, out var value) ? $"{key} can't be {value.GetRawText()}." : exception.Message;
    }

    private bool IsRefused(JsonProperty entry, HashSet<string> known)
    {
        if (Required.TryGetValue(entry.Name, out var allowed))
        {
            return !allowed.Any(value => Matches(entry.Value, value));
        }

        return !known.Contains(entry.Name) && !Harmless.Contains(entry.Name, StringComparer.Ordinal);
    }

    private static bool Matches(JsonElement actual, object? allowed) => allowed switch
    {
        null => actual.ValueKind == JsonValueKind.Null,
        bool truth => actual.ValueKind == (truth ? JsonValueKind.True : JsonValueKind.False)
            || (actual.ValueKind == JsonValueKind.Array && actual.EnumerateArray().All(item => Matches(item, truth))),
        double number => actual.ValueKind == JsonValueKind.Number && actual.GetDouble() == number,
        string text => actual.ValueKind == JsonValueKind.String && string.Equals(actual.GetString(), text, StringComparison.Ordinal),
        _ => false,
    };
}
