using Atelier.Tracking;

namespace Atelier.Training.Pretraining;

/// <summary>Where pretraining reports to, and what stops it.</summary>
/// <param name="Tracker">Receives the losses.</param>
/// <param name="Progress">Shows how far it is.</param>
/// <param name="Cancellation">Stops it after the running step, with a checkpoint.</param>
public sealed record PretrainingOutput(IRunTracker Tracker, IProgressReporter Progress, CancellationToken Cancellation);
