using System.Globalization;
using System.Text;

namespace Atelier.Tokenization.Unicode;

/// <summary>Unicode's normalisation form C, from a table of its own.</summary>
/// <remarks>
/// With invariant globalization <see cref="string.Normalize()"/> returns its argument unchanged, and every project here is built that way.
/// Source: Unicode Standard Annex 15. The table is Unicode 15.1's; normalisation is stable, so it stays right for every character that it knows.
/// </remarks>
internal static class CanonicalComposition
{
    private const int FirstComposing = 0x300; // below it every string is its own form C
    private const int SyllableStart = 0xAC00;
    private const int LeadStart = 0x1100;
    private const int VowelStart = 0x1161;
    private const int TrailStart = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Table> Characters = new(Table.Read);

    /// <summary>Puts a text into normalisation form C; a lone surrogate becomes U+FFFD.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange((char)FirstComposing, char.MaxValue))
        {
            return text;
        }

        List<int> scalars = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, scalars);
        }

        Reorder(scalars);
        Recombine(scalars);

        StringBuilder composed = new(text.Length);
        foreach (var scalar in scalars)
        {
            composed.Append(new Rune(scalar));
        }

        return composed.ToString();
    }

    private static void Decompose(int scalar, List<int> scalars)
    {
        var syllable = scalar - SyllableStart;
        if (syllable is >= 0 and < SyllableCount)
        {
            scalars.Add(LeadStart + (syllable / (VowelCount * TrailCount)));
            scalars.Add(VowelStart + (syllable / TrailCount % VowelCount));
            if (syllable % TrailCount is > 0 and var trail)
            {
                scalars.Add(TrailStart + trail);
            }
        }
        else if (Characters.Value.Decompositions.TryGetValue(scalar, out var parts))
        {
            Decompose(parts.First, scalars);
            if (parts.Second != 0)
            {
                Decompose(parts.Second, scalars);
            }
        }
        else
        {
            scalars.Add(scalar);
        }
    }

    /// <summary>Sorts every run of combining marks by class, marks of one class keeping their order.</summary>
    private static void Reorder(List<int> scalars)
    {
        for (var start = 0; start < scalars.Count; start++)
        {
            if (ClassOf(scalars[start]) == 0)
            {
                continue;
            }

            var end = start + 1;
            while (end < scalars.Count && ClassOf(scalars[end]) != 0)
            {
                end++;
            }

            // A stable sort, so that a text of a hundred thousand marks costs no square of them.
            int[] sorted = [.. scalars.GetRange(start, end - start).OrderBy(ClassOf)];
            foreach (var scalar in sorted)
            {
                scalars[start++] = scalar;
            }
        }
    }

    private static void Recombine(List<int> scalars)
    {
        var starter = -1;
        var previousClass = -1; // of the last character kept after the starter; -1 directly after it
        var kept = 0;
        for (var i = 0; i < scalars.Count; i++)
        {
            var scalar = scalars[i];
            var combiningClass = ClassOf(scalar);
            if (starter >= 0 && previousClass < combiningClass && TryPair(scalars[starter], scalar, out var composite))
            {
                scalars[starter] = composite;
                continue;
            }

            (starter, previousClass) = combiningClass == 0 ? (kept, -1) : (starter, combiningClass);
            scalars[kept++] = scalar;
        }

        scalars.RemoveRange(kept, scalars.Count - kept);
    }

    private static bool TryPair(int first, int second, out int composite)
    {
        var (lead, vowel) = (first - LeadStart, second - VowelStart);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composite = SyllableStart + (((lead * VowelCount) + vowel) * TrailCount);
            return true;
        }

        var (syllable, trail) = (first - SyllableStart, second - TrailStart);
        if (syllable is >= 0 and < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composite = first + trail;
            return true;
        }

        return Characters.Value.Compositions.TryGetValue((first, second), out composite);
    }

    private static int ClassOf(int scalar) => Characters.Value.CombiningClasses.GetValueOrDefault(scalar);

    private sealed class Table
    {
        public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public Dictionary<int, int> CombiningClasses { get; } = [];

        public static Table Read()
        {
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("CanonicalComposition.txt")!;
            using StreamReader reader = new(stream);
            Table table = new();
            while (reader.ReadLine() is { } line)
            {
                if (line.StartsWith('#'))
                {
                    continue;
                }

                if (line.Split('=') is [var character, var parts])
                {
                    table.AddDecomposition(Hexadecimal(character), parts);
                }
                else if (line.Split('-', ':') is [var first, var last, var combiningClass])
                {
                    for (var scalar = Hexadecimal(first); scalar <= Hexadecimal(last); scalar++)
                    {
                        table.CombiningClasses[scalar] = int.Parse(combiningClass, CultureInfo.InvariantCulture);
                    }
                }
            }

            return table;
        }

        private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        private void AddDecomposition(int character, string parts)
        {
            int[] scalars = [.. parts.TrimEnd('!').Split(' ').Select(Hexadecimal)];
            var pair = (scalars[0], scalars.Length > 1 ? scalars[1] : 0);
            Decompositions[character] = pair;
            if (!parts.EndsWith('!'))
            {
                Compositions[pair] = character;
            }
        }
    }
}
