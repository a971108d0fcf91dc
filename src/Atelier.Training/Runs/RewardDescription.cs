namespace Atelier.Training.Runs;

/// <summary>Says in words what a reward wants, for people who see only its result.</summary>
/// <param name="Goal">What it wants, as the object of "draws": "pictures that …".</param>
/// <param name="Measure">What it measures, in whole sentences.</param>
/// <param name="Bias">What else it favours, and how it can be satisfied without being pleased, in whole sentences.</param>
/// <param name="Unit">The unit of its numbers; empty for a plain number.</param>
public sealed record RewardDescription(string Goal, string Measure, string Bias, string Unit);
