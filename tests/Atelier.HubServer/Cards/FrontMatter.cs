using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Atelier.Testing;

/// <summary>Finds and reads the YAML at the top of a card.</summary>
internal static partial class FrontMatter
{
    /// <summary>Reads a card's front matter.</summary>
    /// <param name="card">The card's text.</param>
    /// <param name="fields">The mapping; null when there is none.</param>
    /// <param name="error">What is wrong; null when nothing is.</param>
    /// <returns>False when the YAML does not parse.</returns>
    public static bool TryParse(string card, out JsonObject? fields, out string? error)
    {
        (fields, error) = (null, null);
        var match = Block().Match(card);
        if (!match.Success)
        {
            return true;
        }

        try
        {
            var node = SmallYaml.Parse(match.Groups["yaml"].Value);
            fields = node as JsonObject;
            error = node is null or JsonObject ? null : "the metadata is not a mapping";
        }
        catch (FormatException exception)
        {
            error = exception.Message;
        }

        return error is null;
    }

    // The hub's own expression.
    [GeneratedRegex(@"^(\s*---(\r\n|\r|\n))(?<yaml>[\S\s]*?)((\r\n|\r|\n)---[ \t]*(\r\n|\n|$))", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Block();
}
