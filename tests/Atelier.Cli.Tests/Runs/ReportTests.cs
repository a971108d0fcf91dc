using Atelier.Cli.Commands;
using Atelier.Cli.Reports;
using Atelier.Training.Ddpo;
using Atelier.Training.Runs;
using Xunit;

namespace Atelier.Tests.Runs;

public class ReportTests
{
    [Fact]
    public void A_command_is_quoted_and_broken_between_options()
    {
        ShellCommand command = new("generate", "--lora", "runs/some-very-long-name-of-a-run-indeed", "--prompt", "a \"red\" circle", "--count", "4");

        Assert.Contains("--prompt \"a \\\"red\\\" circle\" --count 4", command.ToString(), StringComparison.Ordinal);
        var lines = command.Lines(indent: 2).ToList();
        Assert.True(lines.Count > 1);
        Assert.All(lines.SkipLast(1), line => Assert.EndsWith(" \\", line, StringComparison.Ordinal));
        Assert.All(lines.Skip(1), line => Assert.InRange(line.Length, 1, 80));
    }

    [Fact]
    public void Tokens_do_not_reach_the_manifest() => Assert.Equal(
        "atelier train --hf_user_access_token *** --token=*** --prompt \"a b\"",
        CommandLineText.Describe(["train", "--hf_user_access_token", "secret", "--token=secret", "--prompt", "a b"]));

    [Theory]
    [InlineData(1e-4, 16_384, false)]
    [InlineData(1, 16_384, false)]
    [InlineData(1e-4, 256, true)]
    [InlineData(5e-3, 256, false)]
    [InlineData(2e-2, 256, true)]
    public void A_clip_range_is_judged_by_the_size_of_latents(double clipRange, long elementCount, bool isWarned) =>
        Assert.Equal(isWarned, ClipRangeAdvice.Warn(new DdpoConfig { Train = new TrainConfig { ClipRange = clipRange } }, elementCount) is not null);

    [Theory]
    [InlineData("redness")]
    [InlineData("colour:purple")]
    [InlineData("incompressibility")]
    public void Rewards_are_found_by_name(string name)
    {
        Assert.True(RewardCatalogue.IsKnown(name));
        using var reward = RewardCatalogue.Create(name, "");
        Assert.NotEmpty(reward.Reward.Name);
    }
}
