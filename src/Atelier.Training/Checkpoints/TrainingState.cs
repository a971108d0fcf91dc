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

    /// <summary>Gets the factor on the loss; 1 where no 16-bit floats are on the way.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>Gets the number of updates since that factor last changed.</summary>
    public int UpdatesSinceLossScaleChange { get; init; }

    /// <summary>Gets each prompt's remembered rewards, oldest first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<float>> PromptRewards { get; init; } = new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal);
}
