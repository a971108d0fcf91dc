namespace Atelier.Training.Settings;

/// <summary>Finds the word that somebody probably meant.</summary>
public static class Spelling
{
    /// <summary>Finds the known word that is closest to a written one.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The words that exist.</param>
    /// <returns>The closest word, or null when none is close: more than a third of its letters differ. A word may have lost its first parts, as <c>train_</c>.</returns>
    public static string? Nearest(string written, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(written);
        ArgumentNullException.ThrowIfNull(known);

        return known
            .SelectMany(word => Endings(word).Select(ending => (Word: word, Ending: ending, Distance: Distance(written, ending) + (ending.Length < word.Length ? 1 : 0))))
            .Where(candidate => candidate.Distance <= Math.Max(1, candidate.Ending.Length / 3))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .FirstOrDefault()
            .Word;
    }

    /// <summary>Says which word was probably meant, ready to be put after a complaint.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The words that exist.</param>
    /// <returns>The text <c>; did you mean X?</c>, or an empty text when no word is close.</returns>
    public static string Suggest(string written, IEnumerable<string> known) =>
        Nearest(written, known) is { } word ? $"; did you mean {word}?" : "";

    // The word, and what is left of it when a prefix such as train_ is forgotten.
    private static IEnumerable<string> Endings(string word)
    {
        yield return word;
        for (var index = word.IndexOf('_', StringComparison.Ordinal); index >= 0; index = word.IndexOf('_', index + 1))
        {
            yield return word[(index + 1)..];
        }
    }

    // Levenshtein's distance, with two neighbouring letters swapped counted as one change.
    private static int Distance(string first, string second)
    {
        var (older, old, current) = (new int[second.Length + 1], new int[second.Length + 1], new int[second.Length + 1]);
        for (var column = 0; column <= second.Length; column++)
        {
            old[column] = column;
        }

        for (var row = 1; row <= first.Length; row++)
        {
            current[0] = row;
            for (var column = 1; column <= second.Length; column++)
            {
                var isSame = first[row - 1] == second[column - 1];
                current[column] = Math.Min(Math.Min(current[column - 1], old[column]) + 1, old[column - 1] + (isSame ? 0 : 1));
                if (row > 1 && column > 1 && first[row - 1] == second[column - 2] && first[row - 2] == second[column - 1])
                {
                    current[column] = Math.Min(current[column], older[column - 2] + 1);
                }
            }

            (older, old, current) = (old, current, older);
        }

        return old[second.Length];
    }
}
