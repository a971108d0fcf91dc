using Atelier.Rewards.Scenes;
using Xunit;

namespace Atelier.Tests.Rewards.Scenes;

public class SceneCaptionTests
{
    private const int Count = 20_000;

    private static readonly Scene Rich = new()
    {
        Shape = SceneShape.Star,
        Colour = SceneColour.Orange,
        BackgroundColour = SceneColour.Blue,
        Size = SceneSize.Large,
        Pattern = ScenePattern.Striped,
        Place = ScenePlace.Left,
        Texture = SceneTexture.Noisy,
    };

    [Fact]
    public void Every_caption_is_read_back_exactly()
    {
        var random = new SceneRandom(11);
        for (var index = 0; index < Count; index++)
        {
            var caption = SceneCaption.Write(SceneSampler.Sample(random, SceneSubset.All), random);
            Assert.True(SceneCaption.TryParse(caption.Text, out var read));
            Assert.True(caption.Facts == read, $"'{caption.Text}' says {caption.Facts}, was read as {read}");
        }
    }

    [Fact]
    public void Captions_say_only_what_is_true()
    {
        var random = new SceneRandom(12);
        for (var index = 0; index < Count; index++)
        {
            var scene = SceneSampler.Sample(random, SceneSubset.All);
            var facts = SceneCaption.Write(scene, random).Facts;
            Assert.Equal(scene.Shape, facts.Shape);
            Assert.Equal(scene.Size, facts.Size ?? scene.Size);
            Assert.Equal(scene.Colour, facts.Colour ?? scene.Colour);
            Assert.Equal(scene.Pattern, facts.Pattern ?? scene.Pattern);
            Assert.Equal(scene.Place, facts.Place ?? scene.Place);
            Assert.Equal(scene.BackgroundColour, facts.BackgroundColour ?? scene.BackgroundColour);
            Assert.Equal(scene.Texture, facts.Texture ?? scene.Texture);
        }
    }

    [Fact]
    public void Captions_use_the_words_of_the_grammar_and_no_others()
    {
        var random = new SceneRandom(13);
        var used = Enumerable.Range(0, Count).SelectMany(_ => SceneCaption.Write(SceneSampler.Sample(random), random).Text.Split(' ')).ToHashSet();
        Assert.Equal(SceneGrammar.Words.Order(), used.Order());
        Assert.Equal(SceneGrammar.Words.Count, SceneGrammar.Words.Distinct().Count());
    }

    [Fact]
    public void Facts_are_said_as_often_as_documented()
    {
        var random = new SceneRandom(14);
        var facts = Enumerable.Range(0, Count).Select(_ => SceneCaption.Write(Rich, random)).ToList();
        Assert.Equal(.60, Share(caption => caption.Facts.Size is not null), .015);
        Assert.Equal(.92, Share(caption => caption.Facts.Colour is not null), .015);
        Assert.Equal(.70, Share(caption => caption.Facts.Pattern is not null), .015);
        Assert.Equal(.60, Share(caption => caption.Facts.Place is not null), .015);
        Assert.Equal(.75, Share(caption => caption.Facts.BackgroundColour is not null), .015);
        Assert.Equal(.75 * .9, Share(caption => caption.Facts.Texture is not null), .015);
        Assert.Equal(.80, Share(caption => caption.Text.StartsWith("a ", StringComparison.Ordinal) || caption.Text.StartsWith("an ", StringComparison.Ordinal)), .015);
        double Share(Func<SceneCaption, bool> said) => facts.Count(said) / (double)Count;
    }

    [Fact]
    public void Everything_can_be_said_in_one_caption()
    {
        var random = new SceneRandom(15);
        var texts = Enumerable.Range(0, 1000).Select(_ => SceneCaption.Write(Rich, random).Text).ToHashSet();
        Assert.Contains("a large orange striped star on the left on a blue noisy background", texts);
        Assert.Contains("an orange star", texts);
    }

    [Fact]
    public void Free_text_gives_what_is_known_of_it()
    {
        Assert.Equal(new() { Colour = SceneColour.Red, Shape = SceneShape.Circle }, Read("A red circle."));
        Assert.Equal(new() { Shape = SceneShape.Circle }, Read("circle"));
        Assert.Equal(new() { Shape = SceneShape.Cross }, Read("two crosses"));
        Assert.Equal(
            new() { Colour = SceneColour.Blue, Shape = SceneShape.Star, BackgroundColour = SceneColour.Yellow, Texture = SceneTexture.Noisy },
            Read("a blue star on a yellow noisy background"));
        Assert.Equal(new() { Shape = SceneShape.Heart, BackgroundColour = SceneColour.White }, Read("a heart on white"));
        Assert.Equal(new() { Shape = SceneShape.Ring, Colour = SceneColour.Green, BackgroundColour = SceneColour.Black }, Read("black background, green ring"));
        Assert.Equal(new() { Shape = SceneShape.Ring, Place = ScenePlace.Right, Texture = SceneTexture.Dotted }, Read("ring on the right on a dotted background"));
        Assert.Equal(new() { BackgroundColour = SceneColour.Purple }, Read("something on purple"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("an astronaut riding a horse on the moon")]
    [InlineData("\uD800 \0 🎨 redness background")]
    public void Text_without_known_words_says_nothing(string? text)
    {
        Assert.False(SceneCaption.TryParse(text, out var facts));
        Assert.True(facts.IsEmpty);
    }

    private static ParsedCaption Read(string text)
    {
        Assert.True(SceneCaption.TryParse(text, out var facts));
        return facts;
    }
}
