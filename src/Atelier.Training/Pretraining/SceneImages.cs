using Atelier.Imaging;
using Atelier.Rewards.Scenes;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Draws batches of scenes as tensors.</summary>
internal static class SceneImages
{
    /// <summary>Draws scenes.</summary>
    /// <param name="scenes">What to draw.</param>
    /// <param name="random">Where colours, sizes and places within their ranges come from.</param>
    /// <returns>[B, 3, 64, 64] in [-1, 1], in the caller's dispose scope.</returns>
    public static Tensor Draw(IReadOnlyList<Scene> scenes, SceneRandom random)
    {
        var pixels = new byte[scenes.Count * SceneRenderer.ByteCount];
        for (var i = 0; i < scenes.Count; i++)
        {
            SceneRenderer.Draw(scenes[i], random, pixels.AsSpan(i * SceneRenderer.ByteCount, SceneRenderer.ByteCount));
        }

        return FromPixels(pixels, scenes.Count);
    }

    /// <summary>Turns 8-bit pixels into a batch.</summary>
    public static Tensor FromPixels(byte[] pixels, int count)
    {
        using var scope = NewDisposeScope();
        var raw = tensor(pixels, [count, SceneRenderer.Side, SceneRenderer.Side, 3]);
        return raw.permute(0, 3, 1, 2).to(ScalarType.Float32).contiguous().div_(127.5).sub_(1).MoveToOuterDisposeScope();
    }

    /// <summary>Rounds pictures to 8 bits a channel.</summary>
    /// <param name="images">[B, 3, H, W] in [0, 1]; what lies outside is clamped.</param>
    public static RgbImage[] ToRgbImages(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((int)images.shape[2], (int)images.shape[3]);
        var bytes = (images * 255).round().clamp(0, 255).to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous().cpu().data<byte>().ToArray(); // [B, H, W, 3]
        return [.. bytes.Chunk(height * width * 3).Select(pixels => new RgbImage(width, height, pixels))];
    }

    /// <summary>Draws a number of new scenes of a subset.</summary>
    public static IReadOnlyList<Scene> Sample(int count, SceneRandom random, SceneSubset subset) =>
        [.. Enumerable.Range(0, count).Select(_ => SceneSampler.Sample(random, subset))];
}
