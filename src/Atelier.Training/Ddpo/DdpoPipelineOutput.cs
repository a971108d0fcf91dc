using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>A batch of images, and how the policy came to them.</summary>
/// <param name="Images">[B, 3, H, W] in [0, 1].</param>
/// <param name="Latents">x_T … x₀, [B, n + 1, C, h, w], single precision.</param>
/// <param name="LogProbabilities">log p of each step, [B, n]; NaN at a step of zero variance.</param>
public sealed record DdpoPipelineOutput(Tensor Images, Tensor Latents, Tensor LogProbabilities) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Latents.Dispose();
        LogProbabilities.Dispose();
    }
}
