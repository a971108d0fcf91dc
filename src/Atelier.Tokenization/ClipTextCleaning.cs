using System.Globalization;
using System.Text;
using Atelier.Tokenization.Unicode;

namespace Atelier.Tokenization;

/// <summary>What CLIP's tokenizer does to a text before it splits it into words.</summary>
public static class ClipTextCleaning
{
    /// <summary>Removes control characters, spaces out Chinese characters, composes accents, lower-cases, and joins what is left with single spaces.</summary>
    /// <remarks>
    /// <para>
    /// In this order: characters of the categories C (controls, format characters, unassigned and private ones, lone surrogates) and U+FFFD go, except that tab,
    /// line feed, carriage return and every space separator become a space; every CJK ideograph gets a space on both sides; normalisation form C; lower case as in
    /// Python's <c>str.lower</c> ('İ' becomes two characters, 'Σ' at the end of a word becomes 'ς'); runs of white space become one space, none at the ends.
    /// </para>
    /// <para>
    /// Source: Hugging Face transformers 4.57, <c>CLIPTokenizer</c> without ftfy (its fallback <c>BasicTokenizer</c>). With ftfy installed the original repairs
    /// broken encodings instead and spaces no ideographs. Which characters exist is .NET's matter: one added to Unicode after the original's Python was made is removed there.
    /// </para>
    /// </remarks>
    /// <param name="text">Any text.</param>
    /// <returns>The cleaned text, possibly empty.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        StringBuilder cleaned = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
            {
                cleaned.Append(' ');
            }
            else if (IsRemoved(rune))
            {
                continue;
            }
            else if (IsIdeograph(rune.Value))
            {
                cleaned.Append(' ').Append(rune).Append(' ');
            }
            else
            {
                cleaned.Append(rune);
            }
        }

        var lowered = LowerCasing.Lower(CanonicalComposition.Compose(cleaned.ToString()));
        return string.Join(' ', lowered.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static bool IsSpace(Rune rune) =>
        rune.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    private static bool IsRemoved(Rune rune) =>
        rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsIdeograph(int scalar) => scalar
        is (>= 0x4E00 and <= 0x9FFF)
        or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F)
        or (>= 0x2B820 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x2F800 and <= 0x2FA1F);
}
