using static TorchSharp.torch;

namespace Atelier.Diffusion.Tensors;

/// <summary>The noise of a batch of images, each from its own seed.</summary>
/// <param name="Random">Where the numbers come from.</param>
/// <param name="Seeds">For each image its seed.</param>
public sealed record NoiseBatch(IRandomSource Random, IReadOnlyList<long> Seeds)
{
    /// <summary>Draws.</summary>
    /// <param name="draw">Which of each image's draws.</param>
    /// <param name="itemShape">One image's shape, [C, H, W].</param>
    /// <param name="device">Where the numbers go.</param>
    /// <returns>[B, C, H, W], single precision, in the caller's dispose scope.</returns>
    public Tensor Draw(NoiseDraw draw, ReadOnlySpan<long> itemShape, Device device)
    {
        var count = 1;
        foreach (var size in itemShape)
        {
            count = checked(count * (int)size);
        }

        var values = new float[Seeds.Count * count];
        for (var i = 0; i < Seeds.Count; i++)
        {
            Random.FillNormal(Seeds[i], draw, values.AsSpan(i * count, count));
        }

        return tensor(values, [Seeds.Count, .. itemShape], device: device);
    }
}
