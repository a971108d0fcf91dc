namespace Atelier.Training.Pretraining;

/// <summary>Says how a judge of drawn pictures is trained.</summary>
public sealed record SceneJudgeTrainingOptions
{
    /// <summary>Gets the number of optimiser steps.</summary>
    /// <value>4000 by default, positive.</value>
    public int StepCount { get; init; } = 4000;

    /// <summary>Gets the number of pictures in a step, a quarter of them each clean, noisy, blurred and coarse.</summary>
    /// <value>64 by default, a positive multiple of 4.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>Gets the learning rate at its highest; it rises to it linearly, then falls as a cosine to a fiftieth of it.</summary>
    /// <value>3e-3 by default, positive.</value>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Gets the number of steps in which the learning rate rises.</summary>
    /// <value>100 by default, at least 0.</value>
    public int WarmUpStepCount { get; init; } = 100;

    /// <summary>Gets the decoupled weight decay.</summary>
    /// <value>1e-3 by default, at least 0.</value>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>Gets the number of steps between two reports.</summary>
    /// <value>100 by default, positive.</value>
    public int ReportInterval { get; init; } = 100;

    /// <summary>Gets the seed of the weights, pictures and distortions.</summary>
    /// <value>1 by default.</value>
    public long Seed { get; init; } = 1;

    /// <summary>Checks the options.</summary>
    /// <returns>Every complaint, in the words of the options; nothing when all is well.</returns>
    public IEnumerable<string> Problems()
    {
        if (StepCount < 1)
        {
            yield return $"{nameof(StepCount)} must be positive, is {StepCount}.";
        }

        if (BatchSize < 1 || BatchSize % 4 != 0)
        {
            yield return $"{nameof(BatchSize)} must be a positive multiple of 4, is {BatchSize}.";
        }

        if (LearningRate is not > 0)
        {
            yield return $"{nameof(LearningRate)} must be positive, is {LearningRate}.";
        }

        if (WarmUpStepCount < 0)
        {
            yield return $"{nameof(WarmUpStepCount)} must not be negative, is {WarmUpStepCount}.";
        }

        if (WeightDecay is not >= 0)
        {
            yield return $"{nameof(WeightDecay)} must not be negative, is {WeightDecay}.";
        }

        if (ReportInterval < 1)
        {
            yield return $"{nameof(ReportInterval)} must be positive, is {ReportInterval}.";
        }
    }
}
