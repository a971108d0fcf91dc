namespace Atelier.Training.Pretraining;

/// <summary>Reports how far the training of a judge is.</summary>
/// <param name="Step">The number of steps done.</param>
/// <param name="StepCount">The number of steps in all.</param>
/// <param name="Loss">The sum of the five cross-entropies, the mean over the steps since the last report.</param>
public sealed record SceneJudgeProgress(int Step, int StepCount, double Loss);
