namespace Atelier.Artifacts.Hub.Listing;

/// <summary>Finds what somebody may have meant.</summary>
internal static class NearNames
{
    private const int ShownCount = 5;
    private const int LongestCompared = 200;

    /// <summary>Orders names by how near they are.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What there is.</param>
    /// <returns>The nearest ones.</returns>
    public static IReadOnlyList<string> Find(string name, IEnumerable<string> candidates)
        => [.. candidates.Select(candidate => (Name: candidate, Distance: Distance(name, candidate))).OrderBy(pair => pair.Distance).ThenBy(pair => pair.Name, StringComparer.Ordinal).Take(ShownCount).Select(pair => pair.Name)];

    /// <summary>Adds the branches and tags there are to an error about a revision.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="reader">Asks the hub.</param>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision that is not there.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The error to throw.</returns>
    public static async Task<HubException> ExplainAsync(HubException exception, HubReader reader, HubRepositoryId id, HubRevision revision, CancellationToken cancellation)
    {
        try
        {
            var references = await reader.RefsAsync(id, includePullRequests: false, cancellation).ConfigureAwait(false);
            return exception.With($"There are: {HubText.List(Find(revision.Text, references.Branches.Concat(references.Tags).Select(reference => reference.Name)))}.");
        }
        catch (HubException)
        {
            return exception;
        }
    }

    /// <summary>Adds the nearest files there are to an error about a file.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="reader">Asks the hub.</param>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file that is not there.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The error to throw.</returns>
    public static async Task<HubException> ExplainAsync(HubException exception, HubReader reader, HubRepositoryId id, HubRevision revision, string path, CancellationToken cancellation)
    {
        try
        {
            var entries = await reader.TreeAsync(id, revision, cancellation).ConfigureAwait(false);
            return exception.With($"The nearest names there are: {HubText.List(Find(path, entries.Where(entry => !entry.IsFolder).Select(entry => entry.Path)))}.");
        }
        catch (HubException)
        {
            return exception;
        }
    }

    // Levenshtein's distance: how many letters have to be put in, left out or changed.
    private static int Distance(string left, string right)
    {
        var (a, b) = (left[..Math.Min(left.Length, LongestCompared)], right[..Math.Min(right.Length, LongestCompared)]);
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, replaced);
            }
        }

        return row[^1];
    }
}
