using Atelier.Diffusion.Layers;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>Runs a residual block and the transformer after it.</summary>
internal static class UNetCheckpoint
{
    public static Tensor Run(ResnetBlock2D resnet, SpatialTransformer? attention, Tensor features, Tensor timeEmbedding, Tensor condition)
    {
        if (attention is null)
        {
            return resnet.call(features, timeEmbedding);
        }

        using var hidden = resnet.call(features, timeEmbedding);
        return attention.call(hidden, condition);
    }
}
