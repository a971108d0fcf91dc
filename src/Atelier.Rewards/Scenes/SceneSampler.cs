namespace Atelier.Rewards.Scenes;

/// <summary>Draws random scenes.</summary>
/// <remarks>
/// Colour, shape and the background's colour are uniform. Sizes small, medium, large: .25, .45, .30. Patterns solid .61, the others .13 each.
/// Places: centre .40, the others .15 each. Textures: plain .45, noisy .19, the others .12 each.
/// </remarks>
public static class SceneSampler
{
    private static readonly double[] SizeProbabilities = [.25, .45, .30];
    private static readonly double[] PatternProbabilities = [.61, .13, .13, .13];
    private static readonly double[] PlaceProbabilities = [.40, .15, .15, .15, .15];
    private static readonly double[] TextureProbabilities = [.45, .19, .12, .12, .12];

    /// <summary>Says whether a pair is one of the seven that no training picture shows.</summary>
    /// <param name="colour">The colour of the object.</param>
    /// <param name="shape">The shape of the object.</param>
    /// <returns>True when (colour index + 3 · shape index) mod 8 is 5, which holds for one colour of each shape.</returns>
    public static bool IsHeldOut(SceneColour colour, SceneShape shape) => ((int)colour + (3 * (int)shape)) % 8 == 5;

    /// <summary>Draws a scene.</summary>
    /// <param name="random">Where the random numbers come from; it advances.</param>
    /// <param name="subset">Which pairs of colour and shape may be drawn.</param>
    /// <returns>The scene.</returns>
    public static Scene Sample(SceneRandom random, SceneSubset subset = SceneSubset.Training)
    {
        ArgumentNullException.ThrowIfNull(random);

        var (colour, shape) = SamplePair(random, subset);
        var background = random.NextIndex(SceneGrammar.Colours.Count - 1);
        return new Scene
        {
            Colour = colour,
            Shape = shape,
            BackgroundColour = (SceneColour)(background < (int)colour ? background : background + 1),
            Size = (SceneSize)random.NextIndex(SizeProbabilities),
            Pattern = (ScenePattern)random.NextIndex(PatternProbabilities),
            Place = (ScenePlace)random.NextIndex(PlaceProbabilities),
            Texture = (SceneTexture)random.NextIndex(TextureProbabilities),
        };
    }

    private static (SceneColour Colour, SceneShape Shape) SamplePair(SceneRandom random, SceneSubset subset)
    {
        while (true)
        {
            var colour = (SceneColour)random.NextIndex(SceneGrammar.Colours.Count);
            var shape = (SceneShape)random.NextIndex(SceneGrammar.Shapes.Count);
            if (subset == SceneSubset.All || IsHeldOut(colour, shape) == (subset == SceneSubset.HeldOut))
            {
                return (colour, shape);
            }
        }
    }
}
