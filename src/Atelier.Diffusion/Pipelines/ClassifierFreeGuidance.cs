using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>Classifier-free guidance.</summary>
public static class ClassifierFreeGuidance
{
    /// <summary>Predicts noise (or velocity) for a batch, guided or not.</summary>
    /// <remarks>
    /// <c>ε = ε₀ + g·(ε_text − ε₀)</c>, both halves in one forward pass; the gradient flows through both.
    /// Source: Ho and Salimans 2022 (arXiv:2207.12598), equation 6.
    /// Rescaled: <c>r·ε·std(ε_text)/std(ε) + (1−r)·ε</c>, each item's unbiased standard deviation. Source: Lin et al. 2023 (arXiv:2305.08891), equations 15 and 16.
    /// </remarks>
    /// <param name="unet">The network.</param>
    /// <param name="latents">xₜ, [B, C, H, W], single precision.</param>
    /// <param name="timesteps">t, [B].</param>
    /// <param name="condition">The embeddings.</param>
    /// <param name="guidance">How strongly the prompt steers.</param>
    /// <returns>[B, C, H, W], single precision, in the caller's dispose scope; differentiable in the network's weights.</returns>
    /// <exception cref="ArgumentException">Guidance is active, but there are no negative embeddings; or a shape differs.</exception>
    public static Tensor Predict(UNet2DConditionModel unet, Tensor latents, Tensor timesteps, Condition condition, Guidance guidance)
    {
        ArgumentNullException.ThrowIfNull(unet);
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(guidance);
        Shapes.Require(latents, [Shapes.Any, Shapes.Any, Shapes.Any, Shapes.Any]);
        using var scope = NewDisposeScope();
        var input = latents.to(condition.Text.dtype);
        if (!guidance.IsActive)
        {
            return unet.call(input, timesteps, condition.Text).to(ScalarType.Float32).MoveToOuterDisposeScope();
        }

        if (condition.Negative is null)
        {
            throw new ArgumentException("Guidance needs negative embeddings.", nameof(condition));
        }

        var both = unet.call(cat([input, input]), cat([timesteps, timesteps]), cat([condition.Negative, condition.Text])).to(ScalarType.Float32).chunk(2);
        var guided = both[0].Plus((both[1] - both[0]).Times(guidance.Scale));
        return (guidance.Rescale > 0 ? Rescale(guided, both[1], guidance.Rescale) : guided).MoveToOuterDisposeScope();
    }

    private static Tensor Rescale(Tensor guided, Tensor text, double share)
    {
        var ratio = Spread(text) / Spread(guided);
        return (guided * ratio).Times(share).Plus(guided.Times(1 - share));
    }

    // The standard deviation of each item, [B, 1, 1, 1].
    private static Tensor Spread(Tensor values) => values.flatten(1).std(1L, unbiased: true).view(-1, 1, 1, 1);
}
