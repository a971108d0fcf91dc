namespace Atelier.Training.Advantages;

/// <summary>Advantages over the whole epoch: <c>A = (r − mean) / (std + 1e-8)</c>, with the population's standard deviation.</summary>
/// <remarks>Source: Black et al. 2023 (arXiv:2305.13301), appendix; as in TRL, "batch" is the whole epoch.</remarks>
public sealed class BatchAdvantage : IAdvantageEstimator
{
    private const double Epsilon = 1e-8;

    /// <inheritdoc/>
    public float[] Estimate(IReadOnlyList<string> prompts, IReadOnlyList<float> rewards)
    {
        ArgumentNullException.ThrowIfNull(rewards);
        var spread = Spread.Of(rewards);
        return [.. rewards.Select(reward => (float)((reward - spread.Mean) / (spread.StandardDeviation + Epsilon)))];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<float>> Memory() => new Dictionary<string, IReadOnlyList<float>>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, IReadOnlyList<float>> memory)
    {
        // It has no memory.
    }
}
