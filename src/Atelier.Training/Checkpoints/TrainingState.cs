namespace Atelier.Training.Checkpoints;

/// <summary>Where a run stands, beside its weights and the optimizer's moments.</summary>
public sealed record TrainingState
{
    /// <summary>Gets the number of epochs that are done.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>Gets the number of updates taken.</summary>
    public required long GlobalStep { get; init; }

    /// <summary>Gets the mean reward of the last epoch.</summary>
    public required double RewardMean { get; init; }

    /// <summary>Gets each prompt's remembered rewards, oldest first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<float>> PromptRewards { get; init; } = new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal);
}
