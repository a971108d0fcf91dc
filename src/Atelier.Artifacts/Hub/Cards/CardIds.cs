using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Tells repositories' ids from folders.</summary>
internal static partial class CardIds
{
    private const int LongestPart = 96;

    /// <summary>Tells whether a text has the form of an id: <c>namespace/name</c>, or a name alone.</summary>
    public static bool IsValid(string id) => id.Split('/') is { Length: 1 or 2 } parts && parts.All(IsValidPart);

    /// <summary>Tells whether a text that is no id was probably meant as a path of this machine.</summary>
    public static bool LooksLikePath(string text) =>
        text is ['.' or '~' or '/', ..] or [_, ':', ..] || text.Contains('\\', StringComparison.Ordinal) || text.AsSpan().Count('/') > 1;

    private static bool IsValidPart(string part) =>
        part.Length <= LongestPart && Letters().IsMatch(part) && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal)
        && part is not (['-' or '.', ..] or [.., '-' or '.']) && !part.EndsWith(".git", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9._-]+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Letters();
}
