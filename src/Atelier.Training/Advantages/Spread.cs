namespace Atelier.Training.Advantages;

/// <summary>The mean and the population's standard deviation of some rewards.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">The root of the mean squared deviation.</param>
public readonly record struct Spread(double Mean, double StandardDeviation)
{
    /// <summary>Computes both, in double precision.</summary>
    /// <param name="rewards">At least one reward.</param>
    /// <returns>Mean and standard deviation.</returns>
    public static Spread Of(IReadOnlyCollection<float> rewards)
    {
        ArgumentNullException.ThrowIfNull(rewards);
        var mean = rewards.Average(reward => (double)reward);
        return new Spread(mean, Math.Sqrt(rewards.Average(reward => (reward - mean) * (reward - mean))));
    }
}
