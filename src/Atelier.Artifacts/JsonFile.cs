using System.Text.Json;
using System.Text.Unicode;

namespace Atelier.Artifacts;

/// <summary>Reads small JSON files that others wrote, more strictly than the serializer does by default.</summary>
internal static class JsonFile
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a file whose root is an object without duplicate keys at any depth.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumByteCount">The most bytes that are read.</param>
    /// <returns>The document, owned by the caller.</returns>
    /// <exception cref="JsonException">The file is too long, not UTF-8, not JSON, holds a key twice or is no object; the message does not name the file.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static JsonDocument Read(string path, int maximumByteCount)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (stream.Length > maximumByteCount)
        {
            throw new JsonException($"The file has {stream.Length} bytes; at most {maximumByteCount} are accepted.");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        if (!Utf8.IsValid(bytes))
        {
            throw new JsonException("The file is not valid UTF-8.");
        }

        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new JsonException("The root is not an object.");
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException(InvalidUnicode, exception);
        }
    }

    /// <summary>Reads a string, such as one with the lone surrogate <c>\ud800</c>, as an error of the file and not of the program.</summary>
    /// <param name="element">A string.</param>
    /// <returns>The text.</returns>
    /// <exception cref="JsonException">The element is not a string, or not valid Unicode.</exception>
    public static string Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw new JsonException($"Expected a string, found {element.ValueKind}.");
        }

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException(InvalidUnicode, exception);
        }
    }

    /// <summary>Reads a property's name with the same care as <see cref="Text"/>.</summary>
    /// <param name="property">The property.</param>
    /// <returns>Its name.</returns>
    /// <exception cref="JsonException">The name is not valid Unicode.</exception>
    public static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException(InvalidUnicode, exception);
        }
    }

    private const string InvalidUnicode = "The file holds a string that is not valid Unicode.";
}
