using Atelier.Rewards.Scenes;

namespace Atelier.Training.Pretraining;

/// <summary>A caption to draw, and how.</summary>
/// <param name="Scene">A scene that it is true of.</param>
/// <param name="Caption">The caption.</param>
/// <param name="IsHeldOut">Whether its pair of colour and shape was never trained on.</param>
/// <param name="Seed">The seed of the picture.</param>
internal sealed record EvaluationPrompt(Scene Scene, SceneCaption Caption, bool IsHeldOut, long Seed)
{
    private const long Stream = 5;
    private const int LargestAttemptCount = 1000;

    /// <summary>Writes different captions that state the colour: first those of pairs that were trained on, then as many of the others.</summary>
    /// <param name="count">How many, even.</param>
    /// <param name="seed">The seed of the captions; the pictures' are 0, 1, 2, …</param>
    public static IReadOnlyList<EvaluationPrompt> Sample(int count, long seed)
    {
        var random = new SceneRandom(seed, Stream << 32);
        var known = new HashSet<string>(StringComparer.Ordinal);
        var prompts = new List<EvaluationPrompt>(count);
        foreach (var subset in (ReadOnlySpan<SceneSubset>)[SceneSubset.Training, SceneSubset.HeldOut])
        {
            for (var index = 0; index < count / 2; index++)
            {
                var (scene, caption) = SampleNew(subset, random, known);
                prompts.Add(new EvaluationPrompt(scene, caption, subset == SceneSubset.HeldOut, prompts.Count));
            }
        }

        return prompts;
    }

    private static (Scene Scene, SceneCaption Caption) SampleNew(SceneSubset subset, SceneRandom random, HashSet<string> known)
    {
        for (var attempt = 0; attempt < LargestAttemptCount; attempt++)
        {
            var scene = SceneSampler.Sample(random, subset);
            var caption = SceneCaption.Write(scene, random);
            if (caption.Facts.Colour is not null && known.Add(caption.Text))
            {
                return (scene, caption);
            }
        }

        throw new InvalidOperationException($"The grammar has no more than {known.Count} captions that differ.");
    }
}
