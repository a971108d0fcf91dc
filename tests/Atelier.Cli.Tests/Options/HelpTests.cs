using Atelier.Cli;
using Atelier.Cli.Options;
using Atelier.Tests.Shared;
using Atelier.Training.Settings;
using Xunit;

namespace Atelier.Tests.Options;

public class HelpTests
{
    private readonly CliHarness _cli = new();

    public static TheoryData<string> Commands => ["train", "generate", "pretrain-tiny", "doctor", "hub", "hub download", "hub upload", "hub card", "hub cache"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_is_the_snapshot_and_fits_80_columns(string command)
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync([.. command.Split(' '), "--help"]));

        var path = Path.Combine(GoldenFolder.RepositoryRoot, "tests", "Atelier.Cli.Tests", "Snapshots", $"{command.Replace(' ', '-')}-help.txt");
        var help = _cli.Output.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("ATELIER_UPDATE_SNAPSHOTS") is "1")
        {
            await File.WriteAllTextAsync(path, help, TestContext.Current.CancellationToken);
        }

        Assert.Equal((await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n"), help);
        Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task Help_wins_over_mistakes()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync("train", "--nonsense", "--seed=x", "-h"));
        Assert.Contains("--sample-batch-size N", _cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_help_names_every_command()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync("--help"));
        Assert.All(Commands.Where(command => !command.Data.Contains(' ', StringComparison.Ordinal)), command => Assert.Contains($"  {command.Data}\n", _cli.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_option_says_what_it_does_and_its_true_default()
    {
        Check(SettingsSchema.Of<RunSettings>());
        Check(SettingsSchema.Of<GenerateSettings>());
        Check(SettingsSchema.Of<PretrainSettings>());
        Check(SettingsSchema.Of<DoctorSettings>());
        Check(SettingsSchema.Of<HubDownloadSettings>());
        Check(SettingsSchema.Of<HubUploadSettings>());
        Check(SettingsSchema.Of<HubCardSettings>());
        Check(SettingsSchema.Of<HubCacheSettings>());

        static void Check(SettingsSchema schema)
        {
            XmlDocumentation documentation = new(schema);
            Assert.All(schema.Settings, setting =>
            {
                Assert.NotEqual("", documentation.Summary(setting));
                var value = documentation.Value(setting);
                var start = $"Default {setting.DefaultText}";
                Assert.StartsWith(start, value, StringComparison.Ordinal);
                Assert.Contains(value[start.Length..][0], " .,;:");
                Assert.False(value == start + "." && !setting.IsSwitch && setting.Name != "pretrained_revision", $"{setting}: no word about its range");
            });
        }
    }

    [Fact]
    public void Help_without_documentation_files_still_shows_defaults()
    {
        var schema = SettingsSchema.Of<RunSettings>();
        XmlDocumentation documentation = new(schema, folder: "/nowhere");

        Assert.Equal("", documentation.Summary(schema.Find("seed")!));
        Assert.Equal("Default 0.0003.", documentation.Value(schema.Find("train_learning_rate")!));
    }
}
