namespace Atelier.Training.Ddpo;

/// <summary>What an epoch's images earned.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="RewardMean">The mean reward.</param>
/// <param name="RewardDeviation">The population's standard deviation.</param>
/// <param name="RewardDeviationWithinPrompt">The mean over prompts of the standard deviation within a prompt.</param>
/// <param name="Duration">How long sampling, scoring and training took.</param>
public sealed record EpochReport(int Epoch, double RewardMean, double RewardDeviation, double RewardDeviationWithinPrompt, TimeSpan Duration);
