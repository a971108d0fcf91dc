namespace Atelier.Artifacts.Hub;

/// <summary>Says whether the cache can do its work.</summary>
/// <param name="IsUsable">Whether something can be had from it: files that it keeps, or room for new ones.</param>
/// <param name="Problem">What keeps it from working, wholly or in part, in one line; null where nothing does.</param>
public sealed record HubCacheCondition(bool IsUsable, string? Problem);
