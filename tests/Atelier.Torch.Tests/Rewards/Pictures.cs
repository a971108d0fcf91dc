using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using static TorchSharp.torch;

namespace Atelier.Tests.Rewards;

internal static class Pictures
{
    /// <summary>Flat pictures, [B, 3, side, side].</summary>
    public static Tensor Flat(int side, params (float Red, float Green, float Blue)[] colours) =>
        tensor(colours.SelectMany(colour => new[] { colour.Red, colour.Green, colour.Blue }).ToArray(), [colours.Length, 3, 1, 1])
            .expand(colours.Length, 3, side, side)
            .contiguous();

    /// <summary>Random scenes, [B, 3, 64, 64].</summary>
    public static Tensor Drawn(int count, long seed)
    {
        var random = new SceneRandom(seed);
        var pixels = Enumerable.Range(0, count).SelectMany(_ => SceneRenderer.Draw(SceneSampler.Sample(random), random)).ToArray();
        return tensor(pixels, [count, 64, 64, 3]).permute(0, 3, 1, 2).to(float32) / 255;
    }

    public static float[] Score(IReward reward, Tensor images, params string[] prompts)
    {
        var batch = new RewardBatch(images, prompts.Length > 0 ? prompts : [.. Enumerable.Repeat("a red circle", (int)images.shape[0])]);
        return reward.ScoreAsync(batch, CancellationToken.None).AsTask().GetAwaiter().GetResult().Rewards;
    }
}
