namespace Atelier.Artifacts.Hub;

/// <summary>Lists the names of a repository's commits.</summary>
/// <param name="Branches">The branches.</param>
/// <param name="Tags">The tags.</param>
/// <param name="PullRequests">The pull requests, when they were asked for.</param>
public sealed record HubReferences(IReadOnlyList<HubReference> Branches, IReadOnlyList<HubReference> Tags, IReadOnlyList<HubReference> PullRequests);
