namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Holds what the hub says of a commit.</summary>
/// <param name="Commit">Its id.</param>
/// <param name="Url">Its page, or null.</param>
/// <param name="PullRequestUrl">The pull request's page, or null.</param>
internal sealed record CommitAnswer(string Commit, string? Url, string? PullRequestUrl);
