using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Rewards;

public class SceneJudgeTests
{
    [Fact]
    public void A_judge_is_small()
    {
        using var judge = new SceneJudge();
        Assert.InRange(judge.parameters().Sum(parameter => parameter.numel()), 300_000, 400_000);
    }

    [Fact]
    public void A_seed_decides_the_weights()
    {
        using var images = Pictures.Drawn(2, seed: 1);
        using var judge = new SceneJudge(5);
        using var twin = new SceneJudge(5);
        using var other = new SceneJudge(6);
        using var logits = judge.call(images);
        Assert.Equal([2, 33], logits.shape);
        Assert.Equal(logits.data<float>().ToArray(), twin.call(images).data<float>().ToArray());
        Assert.NotEqual(logits.data<float>().ToArray(), other.call(images).data<float>().ToArray());
    }

    [Fact]
    public void Every_weight_is_defined() // group norms come uninitialised
    {
        using var judge = new SceneJudge();
        foreach (var (name, parameter) in judge.named_parameters().Where(pair => pair.name.Contains("norm", StringComparison.Ordinal)))
        {
            Assert.All(parameter.data<float>(), value => Assert.Equal(name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0, value));
        }
    }

    [Fact]
    public void A_verdict_holds_probabilities_of_every_fact()
    {
        using var images = Pictures.Drawn(3, seed: 2);
        using var judge = new SceneJudge();
        var verdicts = judge.Judge(images);
        Assert.Equal(3, verdicts.Length);
        Assert.All(verdicts, verdict =>
        {
            Assert.Equal(1, SceneGrammar.Shapes.Sum(shape => verdict.Shape[shape]), 1e-5);
            Assert.Equal(1, SceneGrammar.Colours.Sum(colour => verdict.Colour[colour]), 1e-5);
            Assert.Equal(1, SceneGrammar.Colours.Sum(colour => verdict.BackgroundColour[colour]), 1e-5);
            Assert.Equal(1, Enum.GetValues<SceneTexture>().Sum(texture => verdict.Texture[texture]), 1e-5);
            Assert.Equal(1, Enum.GetValues<ScenePlace>().Sum(place => verdict.Place[place]), 1e-5);
            Assert.Equal(SceneGrammar.Shapes.Max(shape => verdict.Shape[shape]), verdict.Shape[verdict.Shape.Best]);
        });
    }

    [Fact]
    public void Larger_pictures_are_averaged_to_the_judges_size()
    {
        using var images = Pictures.Drawn(1, seed: 3);
        using var large = images.repeat_interleave(2, 2).repeat_interleave(2, 3);
        using var judge = new SceneJudge();
        Assert.Equal(judge.Judge(images)[0].Shape[SceneShape.Star], judge.Judge(large)[0].Shape[SceneShape.Star], 1e-4);
    }

    [Fact]
    public void Other_shapes_are_refused()
    {
        using var judge = new SceneJudge();
        using var images = zeros(3, 64, 64);
        Assert.Throws<ArgumentException>(() => judge.Judge(images));
    }

    [Fact]
    public void Probabilities_are_counted() => Assert.Throws<ArgumentException>(() => new FactProbabilities<SceneShape>([1, 0]));
}
