using Atelier.Tracking;

namespace Atelier.Training.Runs;

/// <summary>Where to log, and at which step.</summary>
/// <param name="Tracker">The tracker.</param>
/// <param name="GlobalStep">The number of updates so far.</param>
internal sealed record RunLogger(IRunTracker Tracker, long GlobalStep);
