using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Training.Updates;

/// <summary>PPO's clipped surrogate objective.</summary>
public static class ClippedSurrogate
{
    /// <summary>Computes the clipped surrogate loss of a batch of actions.</summary>
    /// <remarks>
    /// <c>L = mean max(−A ρ, −A clip(ρ, 1−ε, 1+ε))</c> with <c>ρ = exp(log p − log p_old)</c>.
    /// Source: Schulman et al. 2017 (arXiv:1707.06347), equation 7, negated to be minimised.
    /// </remarks>
    /// <param name="logProbability">log p under the policy being trained, [B].</param>
    /// <param name="oldLogProbability">log p under the policy that acted, [B]; a constant.</param>
    /// <param name="advantage">A, normalised, [B]; a constant.</param>
    /// <param name="clipRange">ε, positive; 1e-4 in the published DDPO runs.</param>
    /// <returns>The loss, its tensors in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The three tensors differ in shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="clipRange"/> is not positive.</exception>
    public static PolicyLoss Compute(Tensor logProbability, Tensor oldLogProbability, Tensor advantage, double clipRange)
    {
        Shapes.Require(logProbability, [Shapes.Any]);
        Shapes.Require(oldLogProbability, logProbability.shape);
        Shapes.Require(advantage, logProbability.shape);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(clipRange);

        using var scope = NewDisposeScope();

        var logRatio = logProbability - oldLogProbability;
        var ratio = logRatio.exp();
        var loss = maximum(-advantage * ratio, -advantage * ratio.Clamped(1 - clipRange, 1 + clipRange)).mean();

        var deviation = ratio.detach().Plus(-1).abs();
        var approximateKl = logRatio.detach().Squared().mean().Times(0.5);
        var clipFraction = deviation.gt(clipRange).to(loss.dtype).mean();

        scope.MoveToOuter(loss, approximateKl, clipFraction, deviation);
        return new PolicyLoss(loss, approximateKl, clipFraction, deviation);
    }
}
