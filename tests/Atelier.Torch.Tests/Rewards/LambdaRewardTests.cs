using Atelier.Rewards;
using Xunit;
using static TorchSharp.torch;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Tests.Rewards;

public class LambdaRewardTests
{
    [Fact]
    public async Task A_function_sees_images_prompts_and_metadata()
    {
        using var images = Pictures.Flat(4, (.25f, .25f, .25f), (.5f, .5f, .5f));
        var batch = new RewardBatch(images, ["one", "three"], [10, 20]);
        var reward = RewardFactory.From(
            "mixed",
            (pictures, prompts, metadata) => [.. pictures.mean([1, 2, 3]).data<float>().Select((mean, index) => mean + prompts[index].Length + (int)metadata[index]!)],
            "points");

        var result = await reward.ScoreAsync(batch, TestContext.Current.CancellationToken);

        Assert.Equal([13.25f, 25.5f], result.Rewards);
        Assert.Null(result.Metadata);
        Assert.Equal(("mixed", "points"), (reward.Name, reward.Unit));
    }

    [Fact]
    public void Another_number_of_rewards_than_images_is_refused_by_name()
    {
        using var images = zeros(2, 3, 4, 4);
        var problem = Assert.Throws<InvalidOperationException>(() => Pictures.Score(RewardFactory.From("short", (_, _, _) => [1]), images));
        Assert.Equal("The reward 'short' returned 1 rewards for 2 images.", problem.Message);
    }

    [Fact]
    public void A_reward_needs_a_name() => Assert.Throws<ArgumentException>(() => RewardFactory.From(" ", (_, _, _) => []));
}
