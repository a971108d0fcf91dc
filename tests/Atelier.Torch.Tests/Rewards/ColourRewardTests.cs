using Atelier.Rewards.Scenes;
using Xunit;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Tests.Rewards;

public class ColourRewardTests
{
    [Fact]
    public void Redness_is_red_minus_half_of_green_and_of_blue()
    {
        using var images = Pictures.Flat(8, (1, 0, 0), (.8f, .4f, .2f), (.5f, .5f, .5f), (0, 1, 1));
        var rewards = Pictures.Score(RewardFactory.Colour(SceneColour.Red), images);
        Assert.All(new[] { 1, .5, 0, -1 }.Zip(rewards), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void The_mean_over_the_picture_counts()
    {
        using var images = Pictures.Flat(8, (1, 0, 0));
        images[0, .., ..4].zero_();
        Assert.Equal(.5, Pictures.Score(RewardFactory.Colour(SceneColour.Red), images)[0], 1e-6);
    }

    [Fact]
    public void Any_colour_is_the_projection_on_its_direction_from_grey()
    {
        double[] target = [.9, .5, .1];
        using var images = Pictures.Flat(4, (.3f, .6f, .7f));
        var direction = target.Select(channel => channel - target.Average()).ToArray();
        var length = Math.Sqrt(direction.Sum(channel => channel * channel));
        var expected = Math.Sqrt(1.5) * ((direction[0] * .3) + (direction[1] * .6) + (direction[2] * .7)) / length;
        Assert.Equal(expected, Pictures.Score(RewardFactory.Colour(.9, .5, .1), images)[0], 1e-6);
    }

    [Fact]
    public void White_and_black_are_brightness_and_its_opposite()
    {
        using var images = Pictures.Flat(4, (1, 1, 1), (0, 0, 0), (.2f, .3f, .4f));
        Assert.All(new[] { 1, 0, .3 }.Zip(Pictures.Score(RewardFactory.Colour(SceneColour.White), images)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(new[] { 0, 1, .7 }.Zip(Pictures.Score(RewardFactory.Colour(SceneColour.Black), images)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Each_named_colour_prefers_itself_among_the_drawn_colours()
    {
        (float, float, float)[] drawn = [(214, 40, 40), (245, 140, 30), (250, 220, 50), (45, 160, 70), (40, 90, 210), (130, 55, 175), (242, 242, 242), (26, 26, 28)];
        using var images = Pictures.Flat(4, [.. drawn.Select(colour => (colour.Item1 / 255, colour.Item2 / 255, colour.Item3 / 255))]);
        foreach (var colour in Enum.GetValues<SceneColour>())
        {
            var rewards = Pictures.Score(RewardFactory.Colour(colour), images);
            var best = (SceneColour)Array.IndexOf(rewards, rewards.Max());

            // A direction has no length of its own: the strongest orange is as good an orange or yellow as its own shade.
            Assert.True(best == colour || Math.Abs((int)best - (int)colour) == 1, $"{colour} prefers {best}");
        }
    }

    [Theory]
    [InlineData(-.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Impossible_colours_are_refused(double channel) => Assert.Throws<ArgumentOutOfRangeException>(() => RewardFactory.Colour(channel, 0, 0));

    [Fact]
    public void Names_tell_the_colour()
    {
        Assert.Equal("colour_purple", RewardFactory.Colour(SceneColour.Purple).Name);
        Assert.Equal("colour_ff8000", RewardFactory.Colour(1, .5, 0).Name);
    }
}
