namespace Atelier.Training.Updates;

/// <summary>What one update did.</summary>
/// <param name="Loss">The mean loss over its micro-batches.</param>
/// <param name="ApproximateKl">The mean of ½(log p − log p_old)².</param>
/// <param name="ClipFraction">The share of steps whose ratio was clipped.</param>
/// <param name="GradientNorm">The gradients' global norm before clipping.</param>
/// <param name="RatioDeviationByStep">The largest |ρ − 1| at each step of the denoising loop; NaN where none was trained on.</param>
internal sealed record UpdateReport(double Loss, double ApproximateKl, double ClipFraction, double GradientNorm, IReadOnlyList<double> RatioDeviationByStep)
{
    /// <summary>Gets the largest |ρ − 1| of all.</summary>
    public double RatioDeviation => RatioDeviationByStep.Where(double.IsFinite).DefaultIfEmpty(0).Max();
}
