using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>Reads scalars and flow collections of YAML.</summary>
internal static class YamlScalar
{
    /// <summary>The position of the colon that ends a mapping's key; -1 when the text is no entry.</summary>
    public static int FindKeyEnd(string text)
    {
        if (text[0] is '[' or '{' or '#' or '|' or '>')
        {
            return -1;
        }

        var start = text[0] is '"' or '\'' ? EndOfQuoted(text, 0) : 0;
        for (var i = start; i >= 0 && i < text.Length; i++)
        {
            if (text[i] == '#' && i > 0 && text[i - 1] == ' ')
            {
                return -1;
            }

            if (text[i] == ':' && (i + 1 == text.Length || text[i + 1] == ' '))
            {
                return i;
            }
        }

        return -1;
    }

    public static string WithoutComment(string text)
    {
        if (text.Length == 0 || text[0] == '#')
        {
            return "";
        }

        var start = text[0] is '"' or '\'' ? Math.Max(0, EndOfQuoted(text, 0)) : 0;
        var comment = text[0] is '[' or '{' ? -1 : text.IndexOf(" #", start, StringComparison.Ordinal);
        return comment < 0 ? text : text[..comment].TrimEnd();
    }

    /// <summary>False when a quote or a bracket is open at the end.</summary>
    public static bool IsComplete(string text)
    {
        if (text[0] is '"' or '\'')
        {
            return EndOfQuoted(text, 0) >= 0;
        }

        if (text[0] is not ('[' or '{'))
        {
            return true;
        }

        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'')
            {
                i = EndOfQuoted(text, i) - 1;
                if (i < 0)
                {
                    return false;
                }
            }
            else
            {
                depth += text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
            }
        }

        return depth <= 0;
    }

    public static JsonNode? Parse(string text, Func<string, FormatException> error)
    {
        var position = 0;
        var node = ReadFlow(text, ref position, isNested: false, error);
        return position < text.Length ? throw error("unexpected text after a value") : node;
    }

    // The position after the closing quote, or -1.
    private static int EndOfQuoted(string text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\' && text[start] == '"')
            {
                i++;
            }
            else if (text[i] == text[start])
            {
                if (text[start] == '"' || i + 1 >= text.Length || text[i + 1] != '\'')
                {
                    return i + 1;
                }

                i++;
            }
        }

        return -1;
    }

    private static JsonNode? ReadFlow(string text, ref int position, bool isNested, Func<string, FormatException> error)
    {
        switch (text.AsSpan(position) is [var first, ..] ? first : '\0')
        {
            case '[':
                return ReadSequence(text, ref position, error);
            case '{':
                return ReadMapping(text, ref position, error);
            case '"' or '\'':
                var end = EndOfQuoted(text, position);
                var quoted = end < 0 ? throw error("unexpected end of the stream within a quoted scalar") : text[position..end];
                position = end;
                return JsonValue.Create(Unquote(quoted, error));
            case '@' or '`' or '%' or '&' or '*' or '!' or ']' or '}' or ',':
                throw error("unexpected character at the start of a value");
            default:
                var stop = isNested ? text.IndexOfAny([',', ']', '}'], position) : text.Length;
                var plain = text[position..(stop < 0 ? text.Length : stop)];
                position += plain.Length;
                return plain.Contains(": ", StringComparison.Ordinal) || plain.EndsWith(':') ? throw error("bad indentation of a mapping entry") : Typed(plain.Trim());
        }
    }

    private static JsonArray ReadSequence(string text, ref int position, Func<string, FormatException> error)
    {
        var items = new JsonArray();
        position++;
        while (!SkipTo(text, ref position, ']', error))
        {
            items.Add(ReadFlow(text, ref position, isNested: true, error));
            SkipComma(text, ref position, ']', error);
        }

        return items;
    }

    private static JsonObject ReadMapping(string text, ref int position, Func<string, FormatException> error)
    {
        var mapping = new JsonObject();
        position++;
        while (!SkipTo(text, ref position, '}', error))
        {
            var colon = text[position] is '"' or '\'' ? Math.Max(position, EndOfQuoted(text, position)) : text.IndexOf(':', position);
            if (colon < 0 || colon >= text.Length || text[colon] != ':')
            {
                throw error("a flow mapping's entry has no value");
            }

            var key = text[position..colon].Trim();
            position = colon + 1;
            while (position < text.Length && text[position] == ' ')
            {
                position++;
            }

            mapping[Parse(key, error)?.ToString() ?? ""] = ReadFlow(text, ref position, isNested: true, error);
            SkipComma(text, ref position, '}', error);
        }

        return mapping;
    }

    private static bool SkipTo(string text, ref int position, char end, Func<string, FormatException> error)
    {
        while (position < text.Length && text[position] == ' ')
        {
            position++;
        }

        if (position >= text.Length)
        {
            throw error("unexpected end of the stream within a flow collection");
        }

        if (text[position] != end)
        {
            return false;
        }

        position++;
        return true;
    }

    private static void SkipComma(string text, ref int position, char end, Func<string, FormatException> error)
    {
        while (position < text.Length && text[position] == ' ')
        {
            position++;
        }

        if (position < text.Length && text[position] == ',')
        {
            position++;
        }
        else if (position >= text.Length || text[position] != end)
        {
            throw error("missed comma between flow collection entries");
        }
    }

    private static JsonNode? Typed(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when char.IsAsciiDigit(text[^1]) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) => JsonValue.Create(real),
        _ => JsonValue.Create(text),
    };

    private static string Unquote(string quoted, Func<string, FormatException> error)
    {
        var inner = quoted[1..^1];
        if (quoted[0] == '\'')
        {
            return inner.Replace("''", "'", StringComparison.Ordinal);
        }

        var text = new StringBuilder();
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] != '\\')
            {
                text.Append(inner[i]);
                continue;
            }

            var digits = inner[++i] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                text.Append(char.ConvertFromUtf32(Convert.ToInt32(inner.Substring(i + 1, digits), 16)));
                i += digits;
                continue;
            }

            text.Append(inner[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', 'e' => '\e', 'a' => '\a', 'b' => '\b', 'v' => '\v', 'f' => '\f', '"' or '\\' or '/' or ' ' => inner[i], _ => throw error("unknown escape sequence") });
        }

        return text.ToString();
    }
}
