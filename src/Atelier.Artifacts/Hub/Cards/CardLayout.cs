namespace Atelier.Artifacts.Hub.Cards;

/// <summary>A card's text in its four parts, which make it up without a gap.</summary>
/// <param name="Opening">Everything up to and with the line of dashes that opens the front matter; empty without one.</param>
/// <param name="Yaml">The front matter, each line with its end.</param>
/// <param name="Closing">The line of dashes that closes it.</param>
/// <param name="Body">Everything else.</param>
internal sealed record CardLayout(string Opening, string Yaml, string Closing, string Body)
{
    private const string Dashes = "---";

    /// <summary>Tells whether the text begins like a front matter that then never ends. To the hub it has none.</summary>
    public bool IsUnclosed { get; private init; }

    /// <summary>Gets the card's kind of line end, for lines that are added.</summary>
    public string LineEnd => (Opening + Body).Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

    /// <summary>
    /// Takes a text apart as the hub does: the first thing in it is a line of three dashes with nothing behind them, and the front matter ends before the next line that has
    /// only three dashes, perhaps with blanks behind. Two such lines without anything between them, which the hub shows as two rules, count as an empty front matter here.
    /// </summary>
    public static CardLayout Of(string text)
    {
        var dashes = text.Length - text.AsSpan().TrimStart().Length;
        var start = text.AsSpan(dashes).StartsWith(Dashes) ? AfterLineEnd(text, dashes + Dashes.Length) : 0;
        if (start == 0)
        {
            return new CardLayout("", "", "", text);
        }

        for (var line = start; line >= 0 && line < text.Length; line = NextLine(text, line))
        {
            if (EndOfClosing(text, line) is { } end)
            {
                return new CardLayout(text[..start], text[start..line], text[line..end], text[end..]);
            }
        }

        return new CardLayout("", "", "", text) { IsUnclosed = true };
    }

    /// <summary>Counts the lines before a position of the YAML text.</summary>
    /// <param name="position">The offset in <see cref="Yaml"/>.</param>
    /// <returns>The line's number in the card, from 1.</returns>
    public int LineAt(int position)
    {
        var (text, end) = (Opening + Yaml, Opening.Length + position);
        var number = 1;
        for (var line = NextLine(text, 0); line >= 0 && line <= end; line = NextLine(text, line))
        {
            number++;
        }

        return number;
    }

    public override string ToString() => Opening + Yaml + Closing + Body;

    /// <summary>Finds where the next line begins; -1 when this is the last one.</summary>
    internal static int NextLine(string text, int position)
    {
        var end = text.AsSpan(position).IndexOfAny('\r', '\n');
        return end < 0 ? -1 : AfterLineEnd(text, position + end);
    }

    // Zero where no line ends.
    private static int AfterLineEnd(string text, int position)
    {
        var rest = text.AsSpan(position);
        return rest.StartsWith("\r\n") ? position + 2 : rest is ['\r' or '\n', ..] ? position + 1 : 0;
    }

    private static int? EndOfClosing(string text, int line)
    {
        if (!text.AsSpan(line).StartsWith(Dashes))
        {
            return null;
        }

        var end = line + Dashes.Length;
        while (end < text.Length && text[end] is ' ' or '\t')
        {
            end++;
        }

        // A carriage return alone does not end this line: so it is in the hub's own rule.
        return end == text.Length ? end : text[end] == '\n' ? end + 1 : text.AsSpan(end).StartsWith("\r\n") ? end + 2 : null;
    }
}
