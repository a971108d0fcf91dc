namespace Atelier.Rewards;

/// <summary>Says how compressed sizes become rewards.</summary>
public sealed record CompressibilityRewardOptions
{
    /// <summary>Gets whether small or large files are asked for.</summary>
    /// <value><see cref="CompressionGoal.SmallFiles"/> by default.</value>
    public CompressionGoal Goal { get; init; } = CompressionGoal.SmallFiles;

    /// <summary>Gets the quality of the JPEG files.</summary>
    /// <value>95 by default, as in the published runs; in [1, 100].</value>
    public int Quality { get; init; } = 95;
}
