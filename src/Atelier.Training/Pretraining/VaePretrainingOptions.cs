namespace Atelier.Training.Pretraining;

/// <summary>The settings of <see cref="VaePretraining"/>.</summary>
public sealed record VaePretrainingOptions
{
    /// <summary>Gets the number of steps.</summary>
    public int StepCount { get; init; } = 9000;

    /// <summary>Gets the number of pictures in a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Gets the highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Gets the weight of the differences between neighbouring pixels, which keeps edges sharp.</summary>
    public double EdgeWeight { get; init; } = 0.5;

    /// <summary>Gets the weight of the divergence from the standard normal, a mean over latent elements.</summary>
    public double DivergenceWeight { get; init; } = 2e-4;
}
