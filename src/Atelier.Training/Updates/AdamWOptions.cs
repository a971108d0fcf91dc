namespace Atelier.Training.Updates;

/// <summary>The settings of <see cref="FusedAdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Gets the learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Gets β₁, the decay of the gradients' mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Gets β₂, the decay of the squared gradients' mean.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Gets the decoupled weight decay.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Gets what is added to the denominator.</summary>
    public double Epsilon { get; init; } = 1e-8;
}
