namespace Atelier.Training.Runs;

/// <summary>What the images of one epoch earned, sampled before its updates.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Mean">The mean reward.</param>
/// <param name="Deviation">The population's standard deviation.</param>
/// <param name="DeviationWithinPrompt">The mean over prompts of the standard deviation within a prompt.</param>
public sealed record EpochRewards(int Epoch, double Mean, double Deviation, double DeviationWithinPrompt);
