using Atelier.Diffusion.Tensors;
using Atelier.Imaging;
using Atelier.Rewards;
using Xunit;
using static TorchSharp.torch;
using RewardFactory = Atelier.Rewards.Rewards;

namespace Atelier.Tests.Rewards;

public class CompressibilityRewardTests
{
    [Fact]
    public void The_reward_is_the_size_in_kilobytes_of_a_thousand_bytes()
    {
        using var images = Pictures.Drawn(3, seed: 1);
        using var pixels = (images * 255).round().to(uint8).permute(0, 2, 3, 1).contiguous();
        var expected = pixels.data<byte>().ToArray().Chunk(64 * 64 * 3).Select(picture => JpegEncoder.Encode(new RgbImage(64, 64, picture), 95).Length / 1000f).ToArray();

        Assert.Equal(expected, Pictures.Score(RewardFactory.JpegIncompressibility(), images));
        Assert.Equal(expected.Select(size => -size), Pictures.Score(RewardFactory.JpegCompressibility(), images));
    }

    [Fact]
    public void Images_are_rounded_to_bytes_with_halves_to_even()
    {
        // 255 x is exactly 0.5, 1.5 and 2.5 in single precision, and out of range at the end.
        float[] values = [.5f / 255, 1.5f / 255, 2.5f / 255, 1.2f];
        Assert.Equal([.5f, 1.5f, 2.5f], values[..3].Select(value => value * 255f));
        using var images = tensor(values, [1, 1, 1, 4]).expand(1, 3, 1, 4);
        using var rounded = tensor(new[] { 0f, 2 / 255f, 2 / 255f, 1f }, [1, 1, 1, 4]).expand(1, 3, 1, 4);
        Assert.Equal(new byte[] { 0, 0, 0, 2, 2, 2, 2, 2, 2, 255, 255, 255 }, ImageTensors.ToRgbImages(images).Single().Pixels);
        Assert.Equal(Pictures.Score(RewardFactory.JpegCompressibility(), rounded), Pictures.Score(RewardFactory.JpegCompressibility(), images));
    }

    [Fact]
    public void Lower_quality_means_smaller_files()
    {
        using var images = Pictures.Drawn(1, seed: 2);
        var small = new CompressibilityReward(new CompressibilityRewardOptions { Goal = CompressionGoal.LargeFiles, Quality = 20 });
        Assert.True(Pictures.Score(small, images)[0] < Pictures.Score(RewardFactory.JpegIncompressibility(), images)[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Impossible_qualities_are_refused(int quality) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CompressibilityReward(new CompressibilityRewardOptions { Quality = quality }));

    [Fact]
    public void Names_and_units_are_those_of_the_goal()
    {
        Assert.Equal(("jpeg_compressibility", "kB"), (RewardFactory.JpegCompressibility().Name, RewardFactory.JpegCompressibility().Unit));
        Assert.Equal("jpeg_incompressibility", RewardFactory.JpegIncompressibility().Name);
    }
}
