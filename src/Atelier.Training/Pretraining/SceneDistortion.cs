using Atelier.Rewards.Scenes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Training.Pretraining;

/// <summary>Distorts drawn pictures as generators do: noise, soft edges, coarse detail, shifted colours.</summary>
/// <remarks>Without it a judge that is nearly perfect on drawn pictures is a bad one on generated pictures, which are softer.</remarks>
internal static class SceneDistortion
{
    private const double StrongestNoise = .08;
    private const double LargestShift = .04;

    /// <summary>Leaves the first quarter of the pictures as it is, and makes one noisy, one blurred and one coarse.</summary>
    /// <param name="images">Pictures in [0, 1], [B, 3, H, W] with B a multiple of 4 and even sides.</param>
    /// <param name="random">Decides the strength.</param>
    /// <param name="generator">Gives the noise.</param>
    /// <returns>The pictures in [0, 1], [B, 3, H, W], in the caller's dispose scope.</returns>
    public static Tensor Apply(Tensor images, SceneRandom random, Generator generator)
    {
        using var scope = NewDisposeScope();

        var quarters = images.chunk(4);
        var noisy = WithNoise(Shifted(quarters[1], generator), random.NextUniform(0, StrongestNoise), generator);
        var blurred = WithNoise(Blurred(Shifted(quarters[2], generator), random.NextBool(.5) ? 3 : 5), random.NextUniform(0, StrongestNoise / 4), generator);
        var coarse = Coarse(Shifted(quarters[3], generator));

        return cat([quarters[0], noisy, blurred, coarse]).clamp(0, 1).MoveToOuterDisposeScope();
    }

    private static Tensor Shifted(Tensor images, Generator generator) =>
        images + (((2 * rand([images.shape[0], 3, 1, 1], generator: generator)) - 1) * LargestShift);

    private static Tensor WithNoise(Tensor images, double standardDeviation, Generator generator) =>
        images + (randn(images.shape, generator: generator) * standardDeviation);

    private static Tensor Blurred(Tensor images, int size)
    {
        var margin = size / 2;
        return functional.avg_pool2d(functional.pad(images, [margin, margin, margin, margin], PaddingModes.Replicate), size, stride: 1);
    }

    private static Tensor Coarse(Tensor images) =>
        functional.interpolate(functional.avg_pool2d(images, 2), scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false);
}
