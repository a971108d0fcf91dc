namespace Atelier.Artifacts.Hub;

/// <summary>Names a commit.</summary>
/// <param name="Name">The short name, such as <c>main</c>.</param>
/// <param name="FullName">The full name, such as <c>refs/heads/main</c>.</param>
/// <param name="Commit">The commit's id.</param>
public sealed record HubReference(string Name, string FullName, string Commit);
