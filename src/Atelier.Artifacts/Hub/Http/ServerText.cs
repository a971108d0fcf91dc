using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Reads what a server says about an error, in whichever form it says it.</summary>
internal static partial class ServerText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the message.</summary>
    /// <param name="header">The header X-Error-Message, or null.</param>
    /// <param name="body">The body's start.</param>
    /// <param name="token">The token, which the server might repeat, or null.</param>
    /// <returns>One line without repetitions, or null when nothing readable was said.</returns>
    public static string? Read(string? header, ReadOnlySpan<byte> body, HubToken? token = null)
    {
        var said = new List<string>();
        Add(said, header, token);
        foreach (var part in Body(Encoding.UTF8.GetString(body).Trim()))
        {
            Add(said, part, token);
        }

        return said.Count == 0 ? null : string.Join(" ", said);
    }

    /// <summary>Reads a header as the UTF-8 that servers send; .NET takes its bytes for Latin-1.</summary>
    /// <param name="header">The header as .NET gives it, or null.</param>
    /// <returns>The text.</returns>
    public static string? FromHeader(string? header)
    {
        try
        {
            return header is null || header.Any(letter => letter > 0xFF) ? header : Strict.GetString(Encoding.Latin1.GetBytes(header));
        }
        catch (DecoderFallbackException)
        {
            return header;
        }
    }

    private static void Add(List<string> said, string? text, HubToken? token)
    {
        var line = HubText.Shown(text ?? "", token);
        if (line.Length > 0 && !said.Exists(other => other.Contains(line, StringComparison.OrdinalIgnoreCase)))
        {
            said.RemoveAll(other => line.Contains(other, StringComparison.OrdinalIgnoreCase));
            said.Add(line);
        }
    }

    // Pages of proxies are never shown: nobody can read HTML in a terminal.
    private static List<string> Body(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        if (text[0] == '{')
        {
            return Json(text);
        }

        if (text[0] != '<')
        {
            return [text];
        }

        return StorageCode().Match(text) is { Success: true } code && !text.StartsWith("<!DOCTYPE html", StringComparison.OrdinalIgnoreCase)
            ? [$"{code.Groups["code"].Value}: {StorageMessage().Match(text).Groups["message"].Value}".TrimEnd(' ', ':')]
            : [];
    }

    private static List<string> Json(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var parts = new List<string>();
            foreach (var name in new[] { "error", "errors", "message", "error_description" })
            {
                if (document.RootElement.TryGetProperty(name, out var value))
                {
                    Collect(parts, value);
                }
            }

            return parts;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static void Collect(List<string> parts, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                parts.Add(value.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Collect(parts, item);
                }

                break;
            case JsonValueKind.Object when value.TryGetProperty("message"u8, out var message):
                Collect(parts, message);
                break;
        }
    }

    [GeneratedRegex("<Code>(?<code>[^<]{1,200})</Code>", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StorageCode();

    [GeneratedRegex("<Message>(?<message>[^<]{1,500})</Message>", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StorageMessage();
}
