using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Reads a front matter's YAML into nodes that know where they stand.</summary>
internal sealed class CardYaml
{
    private const int MaximumDepth = 32;

    private readonly Parser _parser;
    private readonly HashSet<string> _anchors = new(StringComparer.Ordinal);
    private readonly Stack<int> _open = new();

    private CardYaml(Parser parser) => _parser = parser;

    /// <summary>Reads one document.</summary>
    /// <param name="yaml">The text between the two lines of dashes.</param>
    /// <param name="complaint">What is wrong with it; null when nothing is.</param>
    /// <returns>The root, or null when the text says nothing or can't be read.</returns>
    public static CardNode? Read(string yaml, out CardComplaint? complaint)
    {
        complaint = null;

        // To the hub these three are letters, to this parser line ends. A blank instead keeps every offset.
        var text = yaml.Replace('\u0085', ' ').Replace('\u2028', ' ').Replace('\u2029', ' ');
        CardYaml reader = new(new Parser(new StringReader(text)));
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException exception)
        {
            complaint = reader.Explain(exception.Start.Index, exception.Message.Split('\n')[0].TrimEnd('.', '\r', ' '), text);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The parser meets some malformed texts, such as an unclosed bracket, unprepared.
            complaint = reader.Explain(reader._parser.Current?.End.Index ?? 0, "something is not closed, or not indented, here", text, isInside: true);
        }

        return null;
    }

    // An unclosed bracket is noticed at the end of the text or in the next field; its beginning says more.
    private CardComplaint Explain(long index, string message, string text, bool isInside = false)
    {
        var position = (int)Math.Clamp(index, 0, text.Length);
        return _open.TryPeek(out var opened) && (isInside || position >= text.AsSpan().TrimEnd().Length)
            ? new CardComplaint(opened, "not YAML: the bracket that opens here is not closed")
            : new CardComplaint(position, $"not YAML: {message}");
    }

    private CardNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode(depth: 0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<DocumentStart>(out var second)
            ? throw new SemanticErrorException(second.Start, second.End, "a second document begins here")
            : root is { IsNothing: true } ? null : root;
    }

    private CardNode ReadNode(int depth)
    {
        var start = _parser.Current?.Start ?? Mark.Empty;
        if (depth > MaximumDepth)
        {
            throw new SemanticErrorException(start, start, $"values are nested more than {MaximumDepth} deep");
        }

        if (_parser.Current is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors.Add(anchored.Anchor.Value);
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new CardNode(CardNodeKind.Scalar, (int)scalar.Start.Index) { Text = scalar.Value, IsPlain = scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty };
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.Contains(alias.Value.Value)
                ? new CardNode(CardNodeKind.Alias, (int)alias.Start.Index) { Text = alias.Value.Value }
                : throw new SemanticErrorException(alias.Start, alias.End, $"there is no anchor {alias.Value}");
        }

        return _parser.Accept<SequenceStart>(out var list) ? ReadList(list, depth) : ReadMap(_parser.Require<MappingStart>(), depth);
    }

    private CardNode ReadList(SequenceStart start, int depth)
    {
        CardNode list = new(CardNodeKind.List, (int)start.Start.Index);
        Open(start.Style == SequenceStyle.Flow, list);
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            list.Items.Add(ReadNode(depth + 1));
        }

        Close(start.Style == SequenceStyle.Flow);
        return list;
    }

    private CardNode ReadMap(MappingStart start, int depth)
    {
        CardNode map = new(CardNodeKind.Map, (int)start.Start.Index) { IsPlain = start.Style == MappingStyle.Block };
        Open(start.Style == MappingStyle.Flow, map);
        HashSet<string> known = new(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var mark = _parser.Current?.Start ?? Mark.Empty;
            var key = ReadNode(depth + 1);
            if (key.Kind != CardNodeKind.Scalar)
            {
                throw new SemanticErrorException(mark, mark, "a key is no text");
            }

            if (!known.Add(key.Text))
            {
                throw new SemanticErrorException(mark, mark, $"\"{key.Text}\" is there twice");
            }

            map.Pairs.Add((key, ReadNode(depth + 1)));
        }

        Close(start.Style == MappingStyle.Flow);
        return map;
    }

    private void Open(bool hasBracket, CardNode node)
    {
        if (hasBracket)
        {
            _open.Push(node.Position);
        }

        _parser.MoveNext();
    }

    private void Close(bool hasBracket)
    {
        if (hasBracket)
        {
            _open.Pop();
        }
    }
}
