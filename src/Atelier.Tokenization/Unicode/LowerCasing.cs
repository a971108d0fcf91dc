using System.Globalization;
using System.Text;

namespace Atelier.Tokenization.Unicode;

/// <summary>Lower-casing as Python's <c>str.lower</c> does it: Unicode's full mapping, which no culture changes.</summary>
/// <remarks>
/// It differs from .NET's invariant lower-casing in two characters: İ becomes two (.NET leaves it alone), and Σ at the end of a word becomes ς.
/// Source: The Unicode Standard, section 3.13 and SpecialCasing.txt.
/// </remarks>
internal static class LowerCasing
{
    private const int CapitalIWithDot = 0x130;
    private const int CapitalSigma = 0x3A3;

    // Case-ignorable characters that their category does not tell: the apostrophes, full stops and colons that words may hold.
    private const string IgnorablePunctuation = "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

    /// <summary>Lower-cases a text; a lone surrogate becomes U+FFFD.</summary>
    public static string Lower(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        Rune[] runes = [.. text.EnumerateRunes()];
        StringBuilder lowered = new(text.Length + 1);
        for (var i = 0; i < runes.Length; i++)
        {
            switch (runes[i].Value)
            {
                case CapitalIWithDot:
                    lowered.Append("i\u0307");
                    break;
                case CapitalSigma:
                    lowered.Append(EndsWord(runes, i) ? 'ς' : 'σ');
                    break;
                default:
                    lowered.Append(Rune.ToLowerInvariant(runes[i]));
                    break;
            }
        }

        return lowered.ToString();
    }

    /// <summary>Whether a cased letter stands before the position and none after it, case-ignorable characters not counting.</summary>
    private static bool EndsWord(ReadOnlySpan<Rune> runes, int position)
    {
        var before = position - 1;
        while (before >= 0 && IsCaseIgnorable(runes[before]))
        {
            before--;
        }

        var after = position + 1;
        while (after < runes.Length && IsCaseIgnorable(runes[after]))
        {
            after++;
        }

        return before >= 0 && IsCased(runes[before]) && (after == runes.Length || !IsCased(runes[after]));
    }

    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || (rune.IsBmp && IgnorablePunctuation.Contains((char)rune.Value, StringComparison.Ordinal));

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA // ordinal indicators
            or (>= 0x2160 and <= 0x217F) // Roman numerals
            or (>= 0x24B6 and <= 0x24E9) // circled letters
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189); // squared and circled letters
}
