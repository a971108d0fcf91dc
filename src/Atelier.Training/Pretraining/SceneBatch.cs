using Atelier.Rewards.Scenes;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Holds drawn pictures and what they show, as managed memory, so that any thread can draw them.</summary>
internal sealed class SceneBatch
{
    private const int PixelCount = SceneRenderer.Side * SceneRenderer.Side;

    private readonly float[] _pixels;
    private readonly Scene[] _scenes;

    private SceneBatch(int count)
    {
        _pixels = new float[count * 3 * PixelCount];
        _scenes = new Scene[count];
    }

    public IReadOnlyList<Scene> Scenes => _scenes;

    /// <summary>Draws pictures of all pairs of colour and shape.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">The seed of all pictures.</param>
    /// <param name="start">The index of the first picture among all those of the seed.</param>
    public static SceneBatch Draw(int count, long seed, long start)
    {
        var batch = new SceneBatch(count);
        var drawn = new byte[SceneRenderer.ByteCount];
        for (var index = 0; index < count; index++)
        {
            var random = new SceneRandom(seed, start + index);
            batch._scenes[index] = SceneSampler.Sample(random, SceneSubset.All);
            SceneRenderer.Draw(batch._scenes[index], random, drawn);
            for (var offset = 0; offset < drawn.Length; offset++)
            {
                batch._pixels[(index * drawn.Length) + ((offset % 3) * PixelCount) + (offset / 3)] = drawn[offset] / 255f;
            }
        }

        return batch;
    }

    /// <summary>Gives the pictures in [0, 1], [B, 3, 64, 64], in the caller's dispose scope.</summary>
    public Tensor Images() => tensor(_pixels, [_scenes.Length, 3, SceneRenderer.Side, SceneRenderer.Side]);

    /// <summary>Gives the index of the right value of each fact, in the order of a judge's logits, [5, B], in the caller's dispose scope.</summary>
    public Tensor Labels()
    {
        Func<Scene, long>[] facts =
        [
            scene => (long)scene.Shape, scene => (long)scene.Colour, scene => (long)scene.BackgroundColour, scene => (long)scene.Texture, scene => (long)scene.Place,
        ];
        return tensor(facts.SelectMany(fact => _scenes.Select(fact)).ToArray(), [facts.Length, _scenes.Length]);
    }
}
