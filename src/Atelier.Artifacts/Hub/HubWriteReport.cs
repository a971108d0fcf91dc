namespace Atelier.Artifacts.Hub;

/// <summary>Says of an upload that would be let in where it would go.</summary>
/// <param name="Repository">The repository, with its namespace.</param>
/// <param name="Exists">Whether it exists already; otherwise it may be created.</param>
public sealed record HubWriteReport(HubRepositoryId Repository, bool Exists);
