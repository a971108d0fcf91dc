using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using Xunit;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Tests.Rewards;

public class CaptionFollowingRewardTests
{
    [Fact]
    public void The_reward_is_the_mean_probability_of_what_is_asked_for()
    {
        using var images = Pictures.Drawn(3, seed: 4);
        using var judge = new SceneJudge(1);
        var verdicts = judge.Judge(images);

        var rewards = Pictures.Score(
            RewardFactory.CaptionFollowing(judge), images, "ring", "a small red striped circle on the left", "a blue star on a yellow noisy background");

        Assert.Equal(verdicts[0].Shape[SceneShape.Ring], rewards[0], 1e-6);
        Assert.Equal((verdicts[1].Shape[SceneShape.Circle] + verdicts[1].Colour[SceneColour.Red] + verdicts[1].Place[ScenePlace.Left]) / 3, rewards[1], 1e-6);
        Assert.Equal(
            (verdicts[2].Shape[SceneShape.Star] + verdicts[2].Colour[SceneColour.Blue] + verdicts[2].BackgroundColour[SceneColour.Yellow] + verdicts[2].Texture[SceneTexture.Noisy]) / 4,
            rewards[2],
            1e-6);
    }

    [Theory]
    [InlineData("an astronaut riding a horse")]
    [InlineData("something small and striped")]
    public void A_prompt_that_asks_for_nothing_visible_is_named(string prompt)
    {
        using var images = Pictures.Drawn(2, seed: 5);
        using var judge = new SceneJudge();
        var problem = Assert.Throws<ArgumentException>(() => Pictures.Score(RewardFactory.CaptionFollowing(judge), images, "a red circle", prompt));
        Assert.Contains($"'{prompt}'", problem.Message, StringComparison.Ordinal);
    }
}
