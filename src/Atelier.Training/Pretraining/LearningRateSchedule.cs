namespace Atelier.Training.Pretraining;

/// <summary>Linear warm-up, then a cosine down to a share of the peak.</summary>
/// <remarks>Source: Loshchilov and Hutter 2017 (arXiv:1608.03983), equation 5, without restarts.</remarks>
/// <param name="Peak">The highest rate.</param>
/// <param name="WarmUpSteps">The number of steps until it is reached.</param>
/// <param name="TotalSteps">The number of steps in all.</param>
/// <param name="FinalShare">The last rate as a share of the peak.</param>
public sealed record LearningRateSchedule(double Peak, int WarmUpSteps, int TotalSteps, double FinalShare = 0.02)
{
    /// <summary>Computes the rate of a step.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <returns>The learning rate.</returns>
    public double At(int step)
    {
        if (step < WarmUpSteps)
        {
            return Peak * (step + 1) / WarmUpSteps;
        }

        var progress = Math.Min(1, (step - WarmUpSteps) / (double)Math.Max(1, TotalSteps - WarmUpSteps));
        return Peak * (FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
