using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Schedulers;

/// <summary>Arithmetic of denoising diffusion implicit models.</summary>
public static class Ddim
{
    /// <summary>Computes the Gaussian from which the next, less noisy latents are drawn.</summary>
    /// <remarks>
    /// <para>
    /// With ᾱ the cumulative product of 1 − β at this step and ᾱ′ at the next one in sampling order:
    /// <code>
    /// x₀ = (xₜ − √(1−ᾱ) ε) / √ᾱ              (the network predicts ε)
    /// x₀ = √ᾱ xₜ − √(1−ᾱ) v,  ε = √ᾱ v + √(1−ᾱ) xₜ   (it predicts v)
    /// ε  = (xₜ − √ᾱ x₀) / √(1−ᾱ)              (it predicts x₀)
    /// σ  = η √((1−ᾱ′)/(1−ᾱ)) √(1 − ᾱ/ᾱ′)
    /// μ  = √ᾱ′ x₀ + √(1−ᾱ′−σ²) ε
    /// </code>
    /// Source: Song et al. 2021 (arXiv:2010.02502), equations 12 and 16; velocity: Salimans and Ho 2022 (arXiv:2202.00512), appendix D.
    /// </para>
    /// <para>x₀ is clipped or thresholded where the config says so; ε is not recomputed from it.</para>
    /// </remarks>
    /// <param name="config">What the network predicts, and how x₀ is bounded.</param>
    /// <param name="coefficients">The numbers of each item's step.</param>
    /// <param name="latents">xₜ, [B, C, H, W]; a constant.</param>
    /// <param name="prediction">What the network predicted, [B, C, H, W].</param>
    /// <returns>The step, its mean in the caller's dispose scope and differentiable in <paramref name="prediction"/>.</returns>
    /// <exception cref="ArgumentException">A shape differs from the one given here.</exception>
    public static ReverseStep Step(DdimConfig config, StepCoefficients coefficients, Tensor latents, Tensor prediction)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(coefficients);
        Shapes.Require(latents, [Shapes.Any, Shapes.Any, Shapes.Any, Shapes.Any]);
        Shapes.Require(prediction, latents.shape);

        using var scope = NewDisposeScope();
        var x = latents.to(ScalarType.Float32);
        var output = prediction.to(ScalarType.Float32);
        var (a, b) = (coefficients.Signal, coefficients.Noise);
        var (origin, noise) = config.Prediction switch
        {
            PredictionKind.Epsilon => ((x - (b * output)) / a, output),
            PredictionKind.Sample => (output, (x - (a * output)) / b),
            _ => ((a * x) - (b * output), (a * output).Plus(b * x)),
        };

        var mean = (coefficients.NextSignal * Bound(config, origin)).Plus(coefficients.Direction * noise);
        return new ReverseStep(mean.MoveToOuterDisposeScope(), coefficients.Sigma, coefficients.LogSigma);
    }

    // Thresholding: Saharia et al. 2022 (arXiv:2205.11487), section 2.3.
    private static Tensor Bound(DdimConfig config, Tensor origin)
    {
        if (config.Thresholding)
        {
            var quantiles = origin.flatten(1).abs().quantile(tensor((float)config.DynamicThresholdingRatio, device: origin.device), dim: 1).clamp(1, config.SampleMaxValue).view(-1, 1, 1, 1);
            return origin.clamp(-quantiles, quantiles) / quantiles;
        }

        return config.ClipSample ? origin.Clamped(-config.ClipSampleRange, config.ClipSampleRange) : origin;
    }
}
