using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>The diagonal Gaussian to which the encoder maps an image.</summary>
/// <param name="Mean">μ, [B, C, h, w].</param>
/// <param name="LogVariance">log σ², [B, C, h, w], in [-30, 20].</param>
public sealed record LatentDistribution(Tensor Mean, Tensor LogVariance)
{
    /// <summary>Draws latents.</summary>
    /// <param name="noise">Standard normal numbers, [B, C, h, w].</param>
    /// <returns>μ + σ·noise, [B, C, h, w], in the caller's dispose scope; differentiable in μ and σ.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Tensor Sample(Tensor noise)
    {
        Shapes.Require(noise, Mean.shape);
        using var scope = NewDisposeScope();
        return (Mean + ((LogVariance * 0.5).exp() * noise)).MoveToOuterDisposeScope();
    }
}
