using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Listing;

/// <summary>Reads the header Link, which may hold several addresses.</summary>
internal static partial class LinkHeader
{
    /// <summary>Finds the address of the next page.</summary>
    /// <param name="values">The header's values.</param>
    /// <returns>The address as it is written, or null on the last page.</returns>
    public static string? Next(IEnumerable<string> values)
        => values.SelectMany(value => Link().Matches(value)).FirstOrDefault(match => Relation().Match(match.Groups["parameters"].Value) is { Success: true } relation
            && relation.Groups["names"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains("next", StringComparer.OrdinalIgnoreCase))?.Groups["address"].Value.Trim();

    [GeneratedRegex("<(?<address>[^>]*)>(?<parameters>(?:\\s*;\\s*[^,;\"<]*(?:\"[^\"]*\")?)*)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(";\\s*rel\\s*=\\s*\"?(?<names>[^\";]*)\"?", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Relation();
}
