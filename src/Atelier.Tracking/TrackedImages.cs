namespace Atelier.Tracking;

/// <summary>Holds what one call of <see cref="IRunTracker.LogImages"/> logged.</summary>
/// <param name="Step">The global step.</param>
/// <param name="Tag">The name of the group.</param>
/// <param name="Images">The pictures.</param>
public sealed record TrackedImages(long Step, string Tag, IReadOnlyList<TrackedImage> Images);
