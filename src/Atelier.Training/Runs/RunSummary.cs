namespace Atelier.Training.Runs;

/// <summary>What a run came to.</summary>
public sealed record RunSummary
{
    /// <summary>Gets the run's folder.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>Gets the reward's unit; empty for a plain number.</summary>
    public required string Unit { get; init; }

    /// <summary>Gets the rewards, epoch by epoch.</summary>
    public required RunHistory History { get; init; }

    /// <summary>Gets the number of epochs done in all.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>Gets the number of updates taken in all.</summary>
    public required long UpdateCount { get; init; }

    /// <summary>Gets how long it took, from the start of this process's part.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets why the trained model could not be written; null when it was.</summary>
    public string? FinalProblem { get; init; }

    /// <summary>Gets what else could not be written.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Gets the mean reward of the untrained model on the trained prompts; null when its epoch was not logged.</summary>
    public double? Before => History.Epochs is [{ Epoch: 0 } first, ..] ? first.Mean : null;

    /// <summary>Gets the mean reward of the last epoch's images, sampled before its updates.</summary>
    public double? After => History.Epochs is [.., var last] ? last.Mean : null;

    /// <summary>Gets the untrained model's standard deviation within a prompt: the unit in which gains can be compared.</summary>
    public double? Deviation => History.Epochs is [{ Epoch: 0, DeviationWithinPrompt: > 0 } first, ..] ? first.DeviationWithinPrompt : null;

    /// <summary>Gets the mean reward of the untrained model on the held-out prompts; null without an evaluation.</summary>
    public double? HeldOutBefore => History.Evaluations is [{ EpochsDone: 0 } first, ..] ? first.Mean : null;

    /// <summary>Gets the mean reward of the trained model on the held-out prompts, at the last evaluation; null without one.</summary>
    public double? HeldOutAfter => History.Evaluations is [.., { EpochsDone: > 0 } last] ? last.Mean : null;
}
