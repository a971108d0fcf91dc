namespace Atelier.Artifacts.Hub;

/// <summary>Describes one repository in the cache.</summary>
/// <param name="Id">The repository.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="ByteCount">How much room it takes: what several commits share is counted once.</param>
/// <param name="UnusedByteCount">How much of it belongs to no commit: transfers that broke off, contents that nothing links to.</param>
/// <param name="Revisions">Its commits.</param>
public sealed record HubCacheRepository(HubRepositoryId Id, string Folder, long ByteCount, long UnusedByteCount, IReadOnlyList<HubCacheRevision> Revisions);
