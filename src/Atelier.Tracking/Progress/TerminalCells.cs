using System.Globalization;
using System.Text;

namespace Atelier.Tracking;

/// <summary>Measures and cuts text in terminal cells: a Chinese character takes two, an accent none.</summary>
internal static class TerminalCells
{
    /// <summary>Counts the cells of a text without control characters.</summary>
    public static int Measure(string text) => text.EnumerateRunes().Sum(Measure);

    /// <summary>Fits a text into a number of cells, on one line: control characters become spaces, what is too long ends in an ellipsis.</summary>
    public static string Fit(string text, int width, string ellipsis)
    {
        var line = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        if (Measure(line) <= width)
        {
            return line;
        }

        var mark = width > ellipsis.Length ? ellipsis : "";
        var (kept, cells) = (new StringBuilder(), mark.Length);
        foreach (var rune in line.EnumerateRunes())
        {
            cells += Measure(rune);
            if (cells > width)
            {
                break;
            }

            kept.Append(rune);
        }

        return kept.Append(mark).ToString();
    }

    private static int Measure(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) => 2,
        (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD) => 2,
        _ => 1,
    };
}
