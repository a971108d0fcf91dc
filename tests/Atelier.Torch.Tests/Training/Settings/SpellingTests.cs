using Atelier.Training.Settings;
using Xunit;

namespace Atelier.Tests.Training.Settings;

public class SpellingTests
{
    [Theory]
    [InlineData("sampel_batch_size", "sample_batch_size")]
    [InlineData("clip_rnage", "train_clip_range")]
    [InlineData("batch_size", "sample_batch_size")]
    [InlineData("eta", "sample_eta")]
    [InlineData("lora_rnak", "lora_rank")]
    [InlineData("bananas", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_found_or_none(string written, string? expected) =>
        Assert.Equal(expected, Spelling.Nearest(written, SettingsSchema.Of<RunSettings>().Settings.Select(setting => setting.Name)));
}
