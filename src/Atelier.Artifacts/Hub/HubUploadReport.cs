namespace Atelier.Artifacts.Hub;

/// <summary>Says what an upload did.</summary>
/// <param name="Repository">The repository, with its namespace.</param>
/// <param name="Commit">The commit that holds the files: the new one, or the branch's head where there was nothing to change.</param>
public sealed record HubUploadReport(HubRepositoryId Repository, string Commit)
{
    /// <summary>Says whether a commit was made.</summary>
    public bool HasCommit => Uploaded.Count > 0;

    /// <summary>Gives the page of the repository.</summary>
    public required string RepositoryUrl { get; init; }

    /// <summary>Gives the page of the commit, or null when none was made.</summary>
    /// <value>Default: null.</value>
    public string? CommitUrl { get; init; }

    /// <summary>Gives the page of the pull request, or null when none was opened.</summary>
    /// <value>Default: null.</value>
    public string? PullRequestUrl { get; init; }

    /// <summary>Gives the paths that the commit adds or changes.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Uploaded { get; init; } = [];

    /// <summary>Gives the paths that the repository holds already, with the same content.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Unchanged { get; init; } = [];

    /// <summary>Gives the paths that <c>.gitignore</c> leaves out.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}
