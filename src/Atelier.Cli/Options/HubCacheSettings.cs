using Atelier.Artifacts.Hub;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier hub cache</c> is told.</summary>
[SettingGroup("Cache")]
public sealed record HubCacheSettings
{
    /// <summary>Names repositories (NAMESPACE/NAME) or commits, at least their first 6 letters.</summary>
    /// <value>Default none: everything that is in the cache.</value>
    [Positional("WHAT")]
    public IReadOnlyList<string> What { get; init; } = [];

    /// <summary>Hashes the files again and compares them with their names.</summary>
    /// <value>Default false.</value>
    public bool Verify { get; init; }

    /// <summary>Deletes what is named; without --yes it only says what that would free.</summary>
    /// <value>Default false.</value>
    public bool Delete { get; init; }

    /// <summary>Deletes only what belongs to no commit: downloads that broke off, and contents that nothing links to. What a process is writing now stays.</summary>
    /// <value>Default false.</value>
    public bool Unused { get; init; }

    /// <summary>Really deletes.</summary>
    /// <value>Default false.</value>
    public bool Yes { get; init; }

    /// <summary>Says whether a commit is among those named.</summary>
    /// <param name="revision">The commit.</param>
    /// <returns>True where its repository or the beginning of its id is named, or nothing is.</returns>
    public bool Names(HubCacheRevision revision)
    {
        ArgumentNullException.ThrowIfNull(revision);
        return What.Count == 0 || What.Any(name => IsOf(name, revision));
    }

    /// <summary>Says whether what belongs to no commit is deleted in a repository.</summary>
    /// <param name="repository">The repository.</param>
    /// <returns>True where it is named, or nothing is and it is all about such files.</returns>
    public bool Frees(HubRepositoryId repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return (Unused && What.Count == 0) || What.Contains(repository.ToString(), StringComparer.Ordinal);
    }

    /// <summary>Finds everything that is wrong with the settings.</summary>
    /// <returns>One sentence for each complaint, with options as they are typed.</returns>
    public IEnumerable<string> Problems()
    {
        var own = new Complaints()
            .Require(!(Verify && Delete), "--verify and --delete can't be done at once")
            .Require(!Delete || Unused || What.Count > 0, "--delete needs names: repositories or commits")
            .Require(Delete || !Unused, "--unused means nothing without --delete")
            .Require(!Unused || !What.Any(IsCommit), "--unused is about what belongs to no commit: name repositories, or nothing")
            .Require(Delete || !Yes, "--yes means nothing without --delete");
        foreach (var name in What.Where(name => !IsCommit(name) && !HubRepositoryId.TryParse(name, out _)))
        {
            own.Require(false, $"\"{name}\" is neither a repository's id nor the beginning of a commit's");
        }

        return own;
    }

    internal static bool IsOf(string name, HubCacheRevision revision) =>
        revision.Repository.ToString().Equals(name, StringComparison.Ordinal) || (IsCommit(name) && revision.Commit.StartsWith(name, StringComparison.Ordinal));

    private static bool IsCommit(string name) => name.Length is >= 6 and <= 40 && name.All(char.IsAsciiHexDigitLower);
}
