namespace Atelier.Training.Runs;

/// <summary>Notes that a run was resumed.</summary>
/// <param name="Time">When.</param>
/// <param name="EpochsDone">How many epochs were done then.</param>
/// <param name="CommandLine">What was typed.</param>
public sealed record RunResumption(DateTimeOffset Time, int EpochsDone, string CommandLine);
