using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Schedulers;

/// <summary>The Gaussian from which the next, less noisy latents are drawn.</summary>
/// <param name="Mean">μ, [B, C, H, W].</param>
/// <param name="Sigma">σ, [B, 1, 1, 1] or [1, 1, 1, 1].</param>
/// <param name="LogSigma">log σ, the same shape.</param>
public sealed record ReverseStep(Tensor Mean, Tensor Sigma, Tensor LogSigma)
{
    private static readonly double HalfLogTwoPi = Math.Log(Math.Sqrt(2 * Math.PI));

    /// <summary>Draws the next latents.</summary>
    /// <param name="noise">Standard normal numbers, [B, C, H, W].</param>
    /// <returns>μ + σ·noise, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Tensor Sample(Tensor noise)
    {
        Shapes.Require(noise, Mean.shape);
        using var scope = NewDisposeScope();
        return Mean.Plus(Sigma * noise).MoveToOuterDisposeScope();
    }

    /// <summary>Computes how likely the Gaussian makes given latents.</summary>
    /// <remarks>
    /// <c>log p = meanₑ[−(y−μ)²/(2σ²) − log σ − log √(2π)]</c> over the elements e.
    /// Source: Black et al. 2023 (arXiv:2305.13301), section 4.3, whose derivation has a sum. Differs from it: the mean over elements, as in its published code and TRL.
    /// </remarks>
    /// <param name="nextLatents">y, [B, C, H, W]; a constant.</param>
    /// <returns>[B], in the caller's dispose scope; differentiable in μ. NaN or infinite where σ is 0.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Tensor LogProbability(Tensor nextLatents)
    {
        Shapes.Require(nextLatents, Mean.shape);
        using var scope = NewDisposeScope();
        var density = (((nextLatents - Mean).Squared().neg() / Sigma.Squared().Times(2)) - LogSigma).Plus(-HalfLogTwoPi);
        return density.mean([1, 2, 3]).MoveToOuterDisposeScope();
    }
}
