using System.Text;

namespace Atelier.Training.Runs;

/// <summary>Puts texts that people wrote into Markdown without a change of meaning.</summary>
internal static class MarkdownText
{
    /// <summary>Writes a text for a line or a cell of a table.</summary>
    public static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (var letter in text.ReplaceLineEndings(" "))
        {
            _ = letter switch
            {
                '<' => escaped.Append("&lt;"),
                '&' => escaped.Append("&amp;"),
                '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '~' or '$' or '#' => escaped.Append('\\').Append(letter),
                _ when char.IsControl(letter) => escaped.Append(' '),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString();
    }

    /// <summary>Tells whether a text means itself in quotes, in a shell as in Python.</summary>
    public static bool IsPlainInCode(string text) => text.Length > 0 && !text.AsSpan().ContainsAny("\"\\$`!") && !text.Any(char.IsControl);

    /// <summary>Writes a table.</summary>
    public static string Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        StringBuilder table = new();
        foreach (var row in (IEnumerable<IReadOnlyList<string>>)[head, [.. head.Select(_ => "---")], .. rows])
        {
            table.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        return table.ToString();
    }
}
