namespace Atelier.Testing;

/// <summary>A path of the hub that names a model, taken apart.</summary>
/// <param name="Id">The model's id as written.</param>
/// <param name="Verb">What comes after it: <c>tree</c>, <c>resolve</c>, …; empty for the model itself.</param>
/// <param name="Rest">The segments after that, decoded.</param>
internal sealed record ModelRoute(string Id, string Verb, IReadOnlyList<string> Rest)
{
    private static readonly HashSet<string> ApiVerbs = new(StringComparer.Ordinal) { "revision", "tree", "paths-info", "refs", "commits", "auth-check", "preupload", "commit" };

    /// <summary>The first segment after the verb: the revision.</summary>
    public string Revision => Rest.Count > 0 ? Rest[0] : "main";

    /// <summary>The file's path after verb and revision.</summary>
    public string Path => string.Join('/', Rest.Skip(1));

    public static ModelRoute? OfApi(IReadOnlyList<string> segments)
    {
        if (segments.Count < 3 || segments[0] != "api" || segments[1] != "models")
        {
            return null;
        }

        var isOnePart = segments.Count == 3 || ApiVerbs.Contains(segments[3]);
        return Make(segments, 2, isOnePart ? 1 : 2);
    }

    public static ModelRoute? OfFile(IReadOnlyList<string> segments)
    {
        for (var length = 1; length <= 2; length++)
        {
            if (segments.Count > length + 1 && segments[length] is "resolve" or "raw")
            {
                return Make(segments, 0, length);
            }
        }

        return null;
    }

    public static ModelRoute? OfCache(IReadOnlyList<string> segments)
    {
        if (segments.Count < 6 || segments[0] != "api" || segments[1] != "resolve-cache" || segments[2] != "models")
        {
            return null;
        }

        var length = IsCommit(segments[4]) && !IsCommit(segments[5]) ? 1 : 2;
        return new ModelRoute(string.Join('/', segments.Skip(3).Take(length)), "resolve-cache", [.. segments.Skip(3 + length)]);
    }

    public static ModelRoute? OfLfs(IReadOnlyList<string> segments)
    {
        for (var length = 1; length <= 2; length++)
        {
            if (segments.Count > length + 2 && segments[length - 1].EndsWith(".git", StringComparison.Ordinal) && segments[length] == "info" && segments[length + 1] == "lfs")
            {
                var route = Make(segments, 0, length);
                return route with { Id = route.Id[..^".git".Length], Verb = "lfs", Rest = [.. route.Rest.Skip(1)] };
            }
        }

        return null;
    }

    private static ModelRoute Make(IReadOnlyList<string> segments, int start, int length) => new(
        string.Join('/', segments.Skip(start).Take(length)),
        segments.Count > start + length ? segments[start + length] : "",
        [.. segments.Skip(start + length + 1)]);

    private static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);
}
