using Atelier.Rewards;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Rewards;

public class RewardBatchTests
{
    [Fact]
    public void Metadata_that_nobody_gave_is_null_for_each_image()
    {
        using var images = zeros(2, 3, 4, 4);
        Assert.Equal([null, null], new RewardBatch(images, ["one", "two"]).PromptMetadata);
    }

    [Fact]
    public void Another_shape_is_refused_with_the_shape_it_has()
    {
        using var images = zeros(2, 1, 4, 4);
        var problem = Assert.Throws<ArgumentException>(() => new RewardBatch(images, ["one", "two"]));
        Assert.Contains("[2, 1, 4, 4]", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_are_refused()
    {
        using var images = zeros([2, 3, 4, 4], dtype: uint8);
        Assert.Throws<ArgumentException>(() => new RewardBatch(images, ["one", "two"]));
    }

    [Fact]
    public void Lists_of_another_length_are_refused()
    {
        using var images = zeros(2, 3, 4, 4);
        Assert.Throws<ArgumentException>(() => new RewardBatch(images, ["one"]));
        Assert.Throws<ArgumentException>(() => new RewardBatch(images, ["one", "two"], [1]));
    }
}
