using System.Text.Json;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Listing;

/// <summary>Reads the hub's answers: unknown fields are passed over, known ones of a wrong kind are errors.</summary>
internal static class HubJson
{
    /// <summary>Reads an answer whose body is in memory.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>The document, owned by the caller.</returns>
    /// <exception cref="HubException">The body is no JSON.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, HubTarget target)
    {
        var body = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            throw NotHub(response.RequestMessage!.RequestUri!, target, "text that is not JSON", exception);
        }
    }

    /// <summary>Makes the exception for an answer that no hub gives.</summary>
    /// <param name="address">Who answered.</param>
    /// <param name="target">What it is about.</param>
    /// <param name="what">What the answer was.</param>
    /// <param name="cause">What failed, or null.</param>
    /// <returns>The exception.</returns>
    public static HubException NotHub(Uri address, HubTarget target, string what, Exception? cause = null)
        => new(HubErrorKind.Protocol, $"{HubAddress.Shown(address)} answers {target} with {what}: that is not a hub. Check HF_ENDPOINT and the network (a login page?).", cause);

    /// <summary>Reads a text.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The field.</param>
    /// <returns>The text, or null when it is absent or no text.</returns>
    public static string? Text(JsonElement element, string name) => Find(element, name) is { } value ? Text(value) : null;

    /// <summary>Reads a text.</summary>
    /// <param name="element">The text.</param>
    /// <returns>The text, or null when it is none, or not valid Unicode.</returns>
    public static string? Text(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads a number.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The field.</param>
    /// <returns>The number, or null when it is absent, negative or no whole number.</returns>
    public static long? Number(JsonElement element, string name)
        => Find(element, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    /// <summary>Reads a truth.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The field.</param>
    /// <returns>Whether it is there and true.</returns>
    public static bool IsTrue(JsonElement element, string name)
        => Find(element, name) is { ValueKind: JsonValueKind.True };

    /// <summary>Reads a list.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The field.</param>
    /// <returns>Its items; none when it is absent or no list.</returns>
    public static IEnumerable<JsonElement> Items(JsonElement element, string name)
        => Find(element, name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];

    /// <summary>Reads an object.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The field.</param>
    /// <returns>The object, or null.</returns>
    public static JsonElement? Child(JsonElement element, string name)
        => Find(element, name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>Finds a field.</summary>
    /// <param name="element">An object.</param>
    /// <param name="name">The field.</param>
    /// <returns>What it holds, or null when it is absent, or another name in the way is not valid Unicode.</returns>
    public static JsonElement? Find(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
