using System.Text;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>
/// A front matter that is changed line by line: whatever isn't replaced keeps its place, its spelling and its comments.
/// </summary>
internal sealed class FrontMatter
{
    private readonly int _indentation;

    private FrontMatter(string text, CardNode? root, CardComplaint? complaint)
    {
        Text = text;
        Root = root;
        Complaint = complaint ?? (root is null or { Kind: CardNodeKind.Map } ? null : new CardComplaint(root.Position, "the front matter is no mapping of names to values"));
        if (Complaint is null && root is { Pairs.Count: > 0 })
        {
            _indentation = root.Pairs[0].Key.Position - LineStart(root.Pairs[0].Key.Position);
            Entries = FindEntries(root);
        }
    }

    /// <summary>Gets the text, each line with its end.</summary>
    public string Text { get; }

    /// <summary>Gets the mapping; null when the text says nothing or <see cref="Complaint"/> says why it can't be read.</summary>
    public CardNode? Root { get; }

    /// <summary>Gets why the text is no front matter; null when it is one.</summary>
    public CardComplaint? Complaint { get; }

    /// <summary>Gets the fields in order; none when the text can't be read.</summary>
    public IReadOnlyList<FrontMatterEntry> Entries { get; } = [];

    public static FrontMatter Parse(string yaml)
    {
        var root = CardYaml.Read(yaml, out var complaint);
        return new FrontMatter(yaml, root, complaint);
    }

    public FrontMatterEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

    /// <summary>Gets a field's own lines.</summary>
    public string LinesOf(FrontMatterEntry entry) => Text[entry.Start..entry.End];

    /// <summary>Removes a field.</summary>
    public FrontMatter Without(string key) => Find(key) is { } entry ? Parse(Text.Remove(entry.Start, entry.End - entry.Start)) : this;

    /// <summary>Sets a field: in the place of the one with the same name, else at the end.</summary>
    /// <param name="key">The field's name.</param>
    /// <param name="lines">Its lines, each with its end.</param>
    /// <param name="indentation">By how many blanks they are indented.</param>
    /// <param name="lineEnd">The line end to write.</param>
    public FrontMatter With(string key, string lines, int indentation, string lineEnd)
    {
        var entry = Find(key);
        var start = entry?.Start ?? Text.Length;
        var before = Text[..start];
        if (before.Length > 0 && before[^1] is not ('\r' or '\n'))
        {
            before += lineEnd;
        }

        return Parse(before + Indent(lines, indentation, lineEnd) + Text[(entry?.End ?? start)..]);
    }

    /// <summary>Gives every field lines of its own: a mapping in braces, which may have several on one line, is written anew.</summary>
    public FrontMatter InBlocks(string lineEnd)
    {
        if (Root is null or { IsPlain: true })
        {
            return this;
        }

        YamlStream stream = [];
        stream.Load(new StringReader(Text));
        ((YamlMappingNode)stream.Documents[0].RootNode).Style = MappingStyle.Block;
        using StringWriter writer = new() { NewLine = lineEnd };
        stream.Save(writer, assignAnchors: false);
        var text = writer.ToString();
        var end = $"...{lineEnd}"; // of the document, which a front matter does not need; a value may end in dots, too
        return Parse(text.EndsWith(lineEnd + end, StringComparison.Ordinal) ? text[..^end.Length] : text);
    }

    /// <summary>Gets by how many blanks every field is indented; 0 nearly always.</summary>
    public int Indentation => _indentation;

    private string Indent(string lines, int indentation, string lineEnd)
    {
        StringBuilder indented = new();
        foreach (var line in lines.Split(["\r\n", "\n", "\r"], StringSplitOptions.None).SkipLast(lines[^1] is '\r' or '\n' ? 1 : 0))
        {
            var own = line[Math.Min(indentation, line.Length - line.AsSpan().TrimStart(' ').Length)..];
            indented.Append(' ', own.Length == 0 ? 0 : _indentation).Append(own).Append(lineEnd);
        }

        return indented.ToString();
    }

    private List<FrontMatterEntry> FindEntries(CardNode root)
    {
        List<FrontMatterEntry> entries = [];
        for (var i = 0; i < root.Pairs.Count; i++)
        {
            var (key, value) = root.Pairs[i];
            var start = LineStart(key.Position);
            var next = i + 1 < root.Pairs.Count ? LineStart(root.Pairs[i + 1].Key.Position) : Text.Length;
            entries.Add(new FrontMatterEntry(key.Text, value, start, EndOfEntry(start, next)));
        }

        return entries;
    }

    // Blank lines, and comments that are no deeper than the fields, are about what follows.
    private int EndOfEntry(int start, int next)
    {
        var end = next;
        for (var line = start; line >= 0 && line < next; line = CardLayout.NextLine(Text, line))
        {
            var following = CardLayout.NextLine(Text, line) is var found and >= 0 ? found : Text.Length;
            var content = Text.AsSpan(line, following - line).TrimEnd();
            var depth = content.Length - content.TrimStart(' ').Length;
            if (content.Length > 0 && !(content[depth..] is ['#', ..] && depth <= _indentation))
            {
                end = following;
            }
        }

        return Math.Min(end, next);
    }

    private int LineStart(int position) => Text.AsSpan(0, position).LastIndexOfAny('\r', '\n') + 1;
}
