using Atelier.Rewards.Scenes;
using Xunit;

namespace Atelier.Tests.Rewards.Scenes;

public class SceneSamplerTests
{
    private const int Count = 40_000;

    private static readonly Scene[] Drawn = Draw(SceneSubset.All);

    [Fact]
    public void Facts_come_as_often_as_documented()
    {
        Frequencies(scene => scene.Size, [.25, .45, .30]);
        Frequencies(scene => scene.Pattern, [.61, .13, .13, .13]);
        Frequencies(scene => scene.Place, [.40, .15, .15, .15, .15]);
        Frequencies(scene => scene.Texture, [.45, .19, .12, .12, .12]);
        Frequencies(scene => scene.Colour, [.. Enumerable.Repeat(1 / 8.0, 8)]);
        Frequencies(scene => scene.BackgroundColour, [.. Enumerable.Repeat(1 / 8.0, 8)]);
        Frequencies(scene => scene.Shape, [.. Enumerable.Repeat(1 / 7.0, 7)]);
    }

    [Fact]
    public void Backgrounds_differ_from_the_object() => Assert.DoesNotContain(Drawn, scene => scene.Colour == scene.BackgroundColour);

    [Fact]
    public void Seven_pairs_are_held_out_one_of_each_shape()
    {
        var pairs = SceneGrammar.Colours.SelectMany(colour => SceneGrammar.Shapes.Select(shape => (colour, shape)));
        var heldOut = pairs.Where(pair => SceneSampler.IsHeldOut(pair.colour, pair.shape)).ToList();
        Assert.Equal(7, heldOut.Count);
        Assert.Equal(7, heldOut.Select(pair => pair.shape).Distinct().Count());
        Assert.Contains((SceneColour.Purple, SceneShape.Circle), heldOut);
    }

    [Fact]
    public void Training_scenes_never_show_a_held_out_pair()
    {
        Assert.DoesNotContain(Draw(SceneSubset.Training), scene => SceneSampler.IsHeldOut(scene.Colour, scene.Shape));
        Assert.All(Draw(SceneSubset.HeldOut), scene => Assert.True(SceneSampler.IsHeldOut(scene.Colour, scene.Shape)));
        Assert.Equal(7 / 56.0, Drawn.Count(scene => SceneSampler.IsHeldOut(scene.Colour, scene.Shape)) / (double)Count, .01);
    }

    [Fact]
    public void A_seed_decides_the_scenes() => Assert.Equal(Drawn, Draw(SceneSubset.All));

    private static Scene[] Draw(SceneSubset subset)
    {
        var random = new SceneRandom(3);
        return [.. Enumerable.Range(0, Count).Select(_ => SceneSampler.Sample(random, subset))];
    }

    private static void Frequencies<TFact>(Func<Scene, TFact> fact, double[] expected)
        where TFact : struct, Enum
    {
        var counts = Drawn.CountBy(fact).ToDictionary();
        Assert.Equal(expected.Length, counts.Count);
        Assert.All(Enum.GetValues<TFact>().Zip(expected), pair => Assert.Equal(pair.Second, counts[pair.First] / (double)Count, .01));
    }
}
