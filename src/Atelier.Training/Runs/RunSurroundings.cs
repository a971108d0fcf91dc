using Atelier.Tracking;

namespace Atelier.Training.Runs;

/// <summary>What a run is told of the world around it.</summary>
public sealed record RunSurroundings
{
    /// <summary>Gets where progress and warnings are shown; borrowed.</summary>
    public IProgressReporter Progress { get; init; } = new QuietProgress();

    /// <summary>Gets the clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Gets what was typed, for the manifest; without secrets.</summary>
    public string CommandLine { get; init; } = "";
}
