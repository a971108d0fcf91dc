namespace Atelier.Training.Pretraining;

/// <summary>The settings of <see cref="UnetPretraining"/>.</summary>
public sealed record UnetPretrainingOptions
{
    /// <summary>Gets the number of steps.</summary>
    public int StepCount { get; init; } = 10000;

    /// <summary>Gets the number of latents in a step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Gets the number of pictures whose latents are made before the first step.</summary>
    public int PictureCount { get; init; } = 48000;

    /// <summary>Gets the highest learning rate.</summary>
    public double LearningRate { get; init; } = 1.5e-3;

    /// <summary>Gets the share of empty captions, from which guidance learns what a picture without a prompt is.</summary>
    public double EmptyCaptionShare { get; init; } = 0.1;

    /// <summary>Gets the decay of the averaged weights that are kept in the end.</summary>
    public double AverageDecay { get; init; } = 0.999;

    /// <summary>Gets the largest weight of a timestep's loss.</summary>
    public double WeightLimit { get; init; } = 10;
}
