namespace Atelier.Cli.Commands;

/// <summary>Gives what was typed, for a run's manifest.</summary>
internal static class CommandLineText
{
    private const string Hidden = "***";

    /// <summary>Gives this process's command line, without secrets.</summary>
    public static string OfProcess() => Describe(Environment.GetCommandLineArgs().Skip(1));

    /// <summary>Joins words to a command line; the value of an option with a token is hidden.</summary>
    public static string Describe(IEnumerable<string> words)
    {
        List<string> shown = ["atelier"];
        var isSecret = false;
        foreach (var word in words)
        {
            var isToken = word.StartsWith('-') && word.Contains("token", StringComparison.OrdinalIgnoreCase);
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            shown.Add(isSecret ? Hidden : isToken && equals >= 0 ? word[..(equals + 1)] + Hidden : word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word);
            isSecret = isToken && equals < 0;
        }

        return string.Join(' ', shown);
    }
}
