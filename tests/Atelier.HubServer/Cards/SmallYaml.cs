using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>
/// Reads the YAML that cards use: block and flow collections, plain, quoted and block scalars, comments. No anchors, tags or several documents:
/// those are errors here. What is not YAML at all is an error too.
/// </summary>
internal sealed class SmallYaml
{
    private readonly List<string> _lines;
    private int _line;

    private SmallYaml(string text) => _lines = [.. text.ReplaceLineEndings("\n").Split('\n')];

    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static JsonNode? Parse(string text)
    {
        var parser = new SmallYaml(text);
        if (!parser.SkipToContent())
        {
            return null;
        }

        var node = parser.ReadBlock(parser.Indent);
        return parser.SkipToContent() ? throw parser.Error("bad indentation of a mapping entry") : node;
    }

    private string Current => _lines[_line];

    private int Indent => Current.Length - Current.TrimStart(' ').Length;

    private FormatException Error(string message) => new($"{message} ({_line + 1}:1)");

    private bool SkipToContent()
    {
        while (_line < _lines.Count && (Current.Trim().Length == 0 || Current.TrimStart()[0] == '#'))
        {
            _line++;
        }

        return _line < _lines.Count;
    }

    private JsonNode? ReadBlock(int indent)
    {
        var text = Current.Trim();
        if (Current[indent] == '\t')
        {
            throw Error("tabs may not indent");
        }

        if (IsItem(text))
        {
            return ReadSequence(indent);
        }

        return YamlScalar.FindKeyEnd(text) >= 0 ? ReadMapping(indent) : ReadValue(text, indent - 1);
    }

    private static bool IsItem(string text) => text == "-" || text.StartsWith("- ", StringComparison.Ordinal);

    private JsonArray ReadSequence(int indent)
    {
        var items = new JsonArray();
        while (SkipToContent() && Indent == indent && IsItem(Current.Trim()))
        {
            // The rest of the line is a block of its own, as if the dash were a blank.
            _lines[_line] = Current[..indent] + " " + Current[(indent + 1)..];
            if (Current.Trim().Length > 0)
            {
                items.Add(ReadBlock(Indent));
                continue;
            }

            _line++;
            items.Add(SkipToContent() && Indent > indent ? ReadBlock(Indent) : null);
        }

        return items;
    }

    private JsonObject ReadMapping(int indent)
    {
        var mapping = new JsonObject();
        while (SkipToContent() && Indent == indent && !IsItem(Current.Trim()))
        {
            var text = Current.Trim();
            var end = YamlScalar.FindKeyEnd(text);
            if (end < 0)
            {
                throw Error("can not read a block mapping entry; a multiline key may not be an implicit key");
            }

            var key = YamlScalar.Parse(text[..end].Trim(), Error)?.ToString() ?? "";
            if (mapping.ContainsKey(key))
            {
                throw Error("duplicated mapping key");
            }

            var value = YamlScalar.WithoutComment(text[(end + 1)..].Trim());
            mapping[key] = value.Length > 0 ? ReadValue(value, indent) : ReadNested(indent);
        }

        return SkipToContent() && Indent > indent ? throw Error("bad indentation of a mapping entry") : mapping;
    }

    private JsonNode? ReadNested(int indent)
    {
        _line++;
        if (!SkipToContent())
        {
            return null;
        }

        // A sequence may stand at its key's own indentation.
        return Indent > indent || (Indent == indent && IsItem(Current.Trim())) ? ReadBlock(Indent) : null;
    }

    private JsonNode? ReadValue(string value, int indent)
    {
        if (value[0] is '|' or '>')
        {
            return ReadBlockScalar(value, indent);
        }

        var text = YamlScalar.WithoutComment(value);
        for (_line++; !YamlScalar.IsComplete(text) || IsContinued(text, indent); _line++)
        {
            if (_line >= _lines.Count)
            {
                throw new FormatException("unexpected end of the stream within a quoted scalar or a flow collection");
            }

            text += " " + YamlScalar.WithoutComment(Current.Trim());
        }

        return YamlScalar.Parse(text, Error);
    }

    // A plain scalar goes on in lines that are indented deeper.
    private bool IsContinued(string text, int indent) =>
        text[0] is not ('"' or '\'' or '[' or '{') && _line < _lines.Count && Current.Trim().Length > 0 && Current.TrimStart()[0] != '#' && Indent > indent;

    private JsonValue ReadBlockScalar(string style, int indent)
    {
        var lines = new List<string>();
        var blockIndent = -1;
        for (_line++; _line < _lines.Count && (Current.Trim().Length == 0 || Indent > indent); _line++)
        {
            blockIndent = blockIndent < 0 && Current.Trim().Length > 0 ? Indent : blockIndent;
            lines.Add(Current.Length > blockIndent && blockIndent >= 0 ? Current[blockIndent..] : "");
        }

        var text = string.Join(style[0] == '|' ? '\n' : ' ', lines).TrimEnd();
        return JsonValue.Create(style.EndsWith('-') ? text : text + "\n");
    }
}
