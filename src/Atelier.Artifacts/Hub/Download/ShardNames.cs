using System.Text.Json;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Reads which files an index of split weights names.</summary>
internal static class ShardNames
{
    private const int MaximumByteCount = 100_000_000;

    /// <summary>Reads them.</summary>
    /// <param name="path">The index.</param>
    /// <returns>The names, each once.</returns>
    /// <exception cref="HubException">The index is malformed.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        try
        {
            using var document = JsonFile.Read(path, MaximumByteCount);
            return document.RootElement.TryGetProperty("weight_map"u8, out var map) && map.ValueKind == JsonValueKind.Object
                ? [.. map.EnumerateObject().Select(property => JsonFile.Text(property.Value)).Distinct(StringComparer.Ordinal)]
                : throw new JsonException("it has no object 'weight_map'.");
        }
        catch (JsonException exception)
        {
            throw new HubException(HubErrorKind.Unsuitable, $"The repository's '{Path.GetFileName(path)}' is malformed: {HubText.Shown(exception.Message)}", exception);
        }
    }
}
