using Atelier.Training.Settings;
using Xunit;

namespace Atelier.Tests.Training.Settings;

public class RunSettingsTests
{
    [Fact]
    public void The_defaults_can_start() => Assert.Empty(new RunSettings().Problems());

    [Fact]
    public void Complaints_of_every_part_come_together()
    {
        RunSettings settings = new()
        {
            PretrainedModel = "",
            Reward = "",
            Prompts = "quickstrat",
            OutputFolder = "",
            Device = "tpu",
            Threads = -1,
            LogWith = ["tensorbord"],
            Preview = new() { Count = -1 },
            Evaluation = new() { Prompts = "no/such/file.txt", Count = 0, Freq = -1 },
            Ddpo = new() { NumEpochs = 0 },
        };

        Assert.Equal(12, settings.Problems().Count());
        Assert.Contains(settings.Problems(), problem => problem.StartsWith("prompts: \"quickstrat\"", StringComparison.Ordinal) && problem.EndsWith("did you mean quickstart?", StringComparison.Ordinal));
        Assert.Contains(settings.Problems(), problem => problem.EndsWith("did you mean tensorboard?", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auto", true)]
    [InlineData("cuda:1", true)]
    [InlineData("cuda:", false)]
    [InlineData("CPU", false)]
    public void Devices_are_checked(string device, bool isFine) =>
        Assert.Equal(isFine, !new RunSettings { Device = device }.Problems().Any());

    [Fact]
    public void Negative_prompts_are_counted_against_the_prompts_of_the_run()
    {
        RunSettings settings = new() { Prompts = "quickstart", Ddpo = new() { NegativePrompts = ["a", "b"] } };

        Assert.Equal(["negative_prompts must be one text or one for each of the 4 prompts, not 2"], settings.Problems());
    }
}
