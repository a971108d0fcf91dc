using Atelier.Diffusion.Layers;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>What every stage of a forward pass receives.</summary>
/// <param name="Time">SiLU of the time embedding, [B, T].</param>
/// <param name="Condition">The text embeddings, [B, S, D].</param>
/// <param name="Recomputes">Whether stages keep only their inputs for the backward pass.</param>
internal sealed record UNetStage(Tensor Time, Tensor Condition, bool Recomputes)
{
    /// <summary>Runs a residual block and the transformer after it, if there is one.</summary>
    /// <returns>[B, C, H, W], in the caller's dispose scope.</returns>
    public Tensor Run(ResnetBlock2D resnet, SpatialTransformer? attention, Tensor features) => Recomputes
        ? ActivationCheckpoint.Run((input, time) => Compute(resnet, attention, input, time), features, Time)
        : Compute(resnet, attention, features, Time);

    private Tensor Compute(ResnetBlock2D resnet, SpatialTransformer? attention, Tensor features, Tensor time)
    {
        if (attention is null)
        {
            return resnet.call(features, time);
        }

        using var hidden = resnet.call(features, time);
        return attention.call(hidden, Condition);
    }
}
