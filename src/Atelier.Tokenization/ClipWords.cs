using System.Text;

namespace Atelier.Tokenization;

/// <summary>Splits a cleaned text into CLIP's words, each of which is encoded for itself.</summary>
/// <remarks>
/// A word is, whichever comes first here: one of the two marks <c>&lt;|startoftext|&gt;</c> and <c>&lt;|endoftext|&gt;</c>; an English ending such as <c>'s</c>; a run of letters;
/// one digit or other number; a run of anything else but white space. Written by hand because .NET's regular expressions see UTF-16 units, so that letters beyond U+FFFF are none to them.
/// </remarks>
internal static class ClipWords
{
    /// <summary>The mark that starts every sequence, as CLIP spells it.</summary>
    public const string StartMark = "<|startoftext|>";

    /// <summary>The mark that ends every sequence, as CLIP spells it.</summary>
    public const string EndMark = "<|endoftext|>";

    private const int Ypogegrammeni = 0x345;

    private static readonly string[] Literals = [StartMark, EndMark, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>Lists where the words of a cleaned (so, lower-case) text are.</summary>
    public static IEnumerable<Range> Split(string text)
    {
        var position = 0;
        while (position < text.Length)
        {
            var start = position;
            position = EndOfWord(text, start, out var isWord);
            if (isWord)
            {
                yield return start..position;
            }
        }
    }

    private static int EndOfWord(string text, int start, out bool isWord)
    {
        isWord = true;
        foreach (var literal in Literals)
        {
            if (StartsWith(text.AsSpan(start), literal))
            {
                return start + literal.Length;
            }
        }

        var kind = KindAt(text, start, out var position);
        isWord = kind != Kind.Space;
        if (kind is Kind.Letter or Kind.Other)
        {
            while (position < text.Length && KindAt(text, position, out var end) == kind)
            {
                position = end;
            }
        }

        return position;
    }

    /// <summary>Compares as the original's case-insensitive pattern does: to it the long s is an s as well.</summary>
    private static bool StartsWith(ReadOnlySpan<char> text, string literal)
    {
        if (text.Length < literal.Length)
        {
            return false;
        }

        for (var i = 0; i < literal.Length; i++)
        {
            if (text[i] != literal[i] && (text[i], literal[i]) != ('ſ', 's'))
            {
                return false;
            }
        }

        return true;
    }

    private static Kind KindAt(string text, int position, out int end)
    {
        var rune = Rune.GetRuneAt(text, position);
        end = position + rune.Utf16SequenceLength;

        // To the case-insensitive original, U+0345 is neither a letter nor anything else (its upper case is a letter), so it is skipped.
        return Rune.IsWhiteSpace(rune) || rune.Value == Ypogegrammeni ? Kind.Space
            : Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsNumber(rune) ? Kind.Number
            : Kind.Other;
    }
}
