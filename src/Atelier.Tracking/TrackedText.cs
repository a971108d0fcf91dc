namespace Atelier.Tracking;

/// <summary>Holds what one call of <see cref="IRunTracker.LogText"/> logged.</summary>
/// <param name="Step">The global step.</param>
/// <param name="Tag">The text's name.</param>
/// <param name="Text">The text.</param>
public sealed record TrackedText(long Step, string Tag, string Text);
