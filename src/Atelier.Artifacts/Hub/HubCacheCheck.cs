namespace Atelier.Artifacts.Hub;

/// <summary>Says what rehashing the cache found.</summary>
/// <param name="CheckedCount">How many contents were hashed.</param>
/// <param name="UncheckedCount">How many files could not be judged, because nothing says what their hash should be.</param>
/// <param name="Faults">What is wrong.</param>
public sealed record HubCacheCheck(int CheckedCount, int UncheckedCount, IReadOnlyList<HubCacheFault> Faults);
