using System.Text.RegularExpressions;

namespace Atelier.Testing;

/// <summary>The patterns of a <c>.gitignore</c>: names, folders, <c>*</c>, <c>**</c>, <c>?</c>, leading slashes and exceptions.</summary>
internal static class GitIgnore
{
    public static bool IsIgnored(string patterns, string path)
    {
        var isIgnored = false;
        foreach (var line in patterns.ReplaceLineEndings("\n").Split('\n').Select(static line => line.TrimEnd()))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var isException = line[0] == '!';
            if (Matches(isException ? line[1..] : line, path))
            {
                isIgnored = !isException;
            }
        }

        return isIgnored;
    }

    // A pattern that matches a folder matches all that is in it.
    private static bool Matches(string pattern, string path)
    {
        var isFolder = pattern.EndsWith('/');
        var body = pattern.Trim('/');
        var isRooted = pattern.TrimEnd('/').Contains('/', StringComparison.Ordinal);
        var expression = Regex.Escape(body)
            .Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return Regex.IsMatch(path, (isRooted ? "^" : "^(.*/)?") + expression + (isFolder ? "/" : "(/|$)"), RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    }
}
