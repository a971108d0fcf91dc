using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using Atelier.Tests.Rewards;
using TorchSharp;
using Xunit;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Tests.Contracts;

/// <summary>What every reward must do.</summary>
public class RewardContractTests
{
    private static readonly SceneJudge Judge = new(2);

    private static readonly Dictionary<string, IReward> Known = new IReward[]
    {
        RewardFactory.JpegCompressibility(),
        RewardFactory.JpegIncompressibility(),
        RewardFactory.Colour(SceneColour.Red),
        RewardFactory.Colour(SceneColour.Black),
        RewardFactory.CaptionFollowing(Judge),
        RewardFactory.From("mean", (images, _, _) => images.mean([1, 2, 3]).data<float>().ToArray()),
    }.ToDictionary(reward => reward.Name);

    public static TheoryData<string> Names => [.. Known.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_image_gets_one_finite_number_whatever_its_neighbours_are(string name)
    {
        using var images = Pictures.Drawn(5, seed: 6);
        using var reversed = images.flip(0);
        var rewards = Pictures.Score(Known[name], images);
        Assert.Equal(5, rewards.Length);
        Assert.All(rewards, reward => Assert.True(float.IsFinite(reward)));
        Assert.All(rewards.Zip(Pictures.Score(Known[name], reversed).Reverse()), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_stay_as_they_are(string name)
    {
        using var images = Pictures.Drawn(2, seed: 7);
        var before = images.data<float>().ToArray();
        Pictures.Score(Known[name], images);
        Assert.Equal(before, images.data<float>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Half_precision_images_are_scored(string name)
    {
        if (name == "mean")
        {
            return; // a user's function does as it likes
        }

        using var images = Pictures.Drawn(2, seed: 8);
        using var halves = images.half();
        Assert.All(Pictures.Score(Known[name], images).Zip(Pictures.Score(Known[name], halves)), pair => Assert.Equal(pair.First, pair.Second, .1f));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_tensor_is_left_behind(string name)
    {
        using var images = Pictures.Drawn(2, seed: 9);
        Pictures.Score(Known[name], images);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Pictures.Score(Known[name], images);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cancelled_scoring_does_not_start(string name)
    {
        using var images = Pictures.Drawn(1, seed: 10);
        var batch = new RewardBatch(images, ["a red circle"]);
        Assert.ThrowsAny<OperationCanceledException>(() => Known[name].ScoreAsync(batch, new CancellationToken(canceled: true)).AsTask().GetAwaiter().GetResult());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_are_fit_for_files_and_logs(string name) => Assert.Matches("^[a-z0-9_]+$", name);
}
