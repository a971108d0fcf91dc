namespace Atelier.Training.Settings;

/// <summary>Finds the word that somebody probably meant.</summary>
public static class Spelling
{
    /// <summary>Finds the known word that is closest to a written one.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The words that exist.</param>
    /// <returns>The closest word, or null when none is close: more than a third of its letters differ.</returns>
    public static string? Nearest(string written, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(written);
        ArgumentNullException.ThrowIfNull(known);

        var nearest = known
            .Select(word => (Word: word, Distance: Distance(written, word)))
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Word, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.Word is { } found && nearest.Distance <= Math.Max(1, found.Length / 3) ? found : null;
    }

    /// <summary>Says which word was probably meant, ready to be put after a complaint.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The words that exist.</param>
    /// <returns>The text <c>; did you mean X?</c>, or an empty text when no word is close.</returns>
    public static string Suggest(string written, IEnumerable<string> known) =>
        Nearest(written, known) is { } word ? $"; did you mean {word}?" : "";

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
