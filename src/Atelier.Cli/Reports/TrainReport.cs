using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Cli.Options;
using Atelier.Tracking;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Cli.Reports;

/// <summary>Says what <c>atelier train</c> begins and what it came to.</summary>
/// <param name="plan">The run's plan.</param>
internal sealed class TrainReport(TrainingPlan plan)
{
    private const int LabelWidth = 32;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private RunSettings Settings => plan.Settings;

    private string Folder => plan.Folder.Path;

    /// <summary>Spells the command that goes on with the run.</summary>
    public ShellCommand ResumeCommand(int? epochCount = null) =>
        epochCount is null ? new("train", "--resume-from", Folder) : new("train", "--resume-from", Folder, "--num-epochs", $"{epochCount}");

    public void WriteStart(TrainingRun run, IProgressReporter progress)
    {
        var config = Settings.Ddpo;
        var what = config.Lora.Enabled ? $"a LoRA of rank {config.Lora.Rank}" : "the whole UNet";
        progress.WriteLine($"{Settings.PretrainedModel}, reward {Settings.Reward}: {what}, {run.TrainedParameterCount:n0} parameters, on {run.Device}");
        progress.WriteLine($"{config.NumEpochs} epochs of {config.SamplesPerEpoch} images and {config.UpdatesPerEpoch} updates, into {Folder}");
        if (plan.ResumeFrom is { } point)
        {
            progress.WriteLine($"going on after epoch {point.State.EpochsDone}");
        }

        if (ClipRangeAdvice.Warn(config, run.LatentElementCount) is { } warning)
        {
            progress.WriteLine($"warning: {warning}");
        }
    }

    public void WriteEnd(RunSummary summary, CliEnvironment environment, JsonObject? uploaded = null)
    {
        var output = environment.Output;
        if (environment.IsJson)
        {
            var result = ToJson(summary);
            result["hub"] = uploaded;
            output.WriteLine(result.ToJsonString(Json));
            return;
        }

        if (environment.IsQuiet)
        {
            output.WriteLine(plan.Folder.Final);
            return;
        }

        var images = (long)summary.EpochsDone * Settings.Ddpo.SamplesPerEpoch;
        output.WriteLine();
        output.WriteParagraph($"{summary.EpochsDone} epochs, {images:n0} images and {summary.UpdateCount:n0} updates are done; this took {Time(summary.Duration)}.");
        output.WriteLine();
        WriteRewards(summary, output);
        WriteFiles(summary, output);
        WriteCommand(output, "Draw with it:", GenerateCommand());
        WriteCommand(output, "Train on, for twice as long:", ResumeCommand(summary.EpochsDone * 2));
    }

    private void WriteRewards(RunSummary summary, TextWriter output)
    {
        var unit = summary.Unit.Length > 0 ? $", {summary.Unit}" : "";
        output.WriteLine($"{Fit($"reward ({Settings.Reward}{unit})")}{"before",10}{"after",10}{"gain",10}");
        WriteGain("trained prompts", summary.Before, summary.After);
        WriteGain("held-out prompts", summary.HeldOutBefore, summary.HeldOutAfter);
        if (summary is { Before: not null, After: not null })
        {
            output.WriteParagraph("(trained prompts, after: the last epoch's samples, drawn before its updates)");
        }

        if (summary.Deviation is { } deviation)
        {
            var words = summary.Unit.Length > 0 ? " " + summary.Unit : "";
            output.WriteParagraph($"(sd: the untrained model's standard deviation within a prompt, {Number(deviation)}{words})");
        }

        output.WriteLine();

        void WriteGain(string name, double? before, double? after)
        {
            if (before is { } from && after is { } to)
            {
                var gain = summary.Deviation is { } deviation ? $"  {Signed((to - from) / deviation, "0.0")} sd" : "";
                output.WriteLine($"{Fit(name)}{Number(from),10}{Number(to),10}{Signed(to - from, "0.000"),10}{gain}");
            }
        }
    }

    private void WriteFiles(RunSummary summary, TextWriter output)
    {
        foreach (var (name, path) in Files(summary).Where(file => Path.Exists(file.Path)))
        {
            output.WriteLine($"{name,-14}{path}");
        }

        output.WriteLine();
    }

    private static void WriteCommand(TextWriter output, string title, ShellCommand command)
    {
        output.WriteLine(title);
        foreach (var line in command.Lines(indent: 2))
        {
            output.WriteLine(line);
        }
    }

    private IEnumerable<(string Name, string Path)> Files(RunSummary summary) =>
    [
        ("pictures", summary.Folder.BeforeAfter),
        ("rewards", summary.Folder.RewardCurve),
        (Settings.Ddpo.Lora.Enabled ? "LoRA" : "model", summary.Folder.Final),
    ];

    // Sampled as in training, so that the pictures are those that earned the reward.
    private ShellCommand GenerateCommand()
    {
        var sample = Settings.Ddpo.Sample;
        string[] model = Settings.Ddpo.Lora.Enabled ? ["--lora", Folder] : ["--pretrained-model", plan.Folder.Final];
        return new(
            ["generate", .. model, "--prompt", plan.Prompts[0], "--count", "4", "--num-steps", $"{sample.NumSteps}", "--guidance-scale", Setting.Show(sample.GuidanceScale), "--eta", Setting.Show(sample.Eta)]);
    }

    private JsonObject ToJson(RunSummary summary) => new()
    {
        ["run"] = Folder,
        ["final"] = summary.FinalProblem is null ? plan.Folder.Final : null,
        ["problem"] = summary.FinalProblem,
        ["model"] = plan.Model.Folder,
        ["reward"] = Settings.Reward,
        ["unit"] = summary.Unit,
        ["epochs"] = summary.EpochsDone,
        ["updates"] = summary.UpdateCount,
        ["seconds"] = Math.Round(summary.Duration.TotalSeconds, 3),
        ["reward_before"] = summary.Before,
        ["reward_after"] = summary.After,
        ["held_out_reward_before"] = summary.HeldOutBefore,
        ["held_out_reward_after"] = summary.HeldOutAfter,
        ["reward_std_within_prompt"] = summary.Deviation,
        ["before_after"] = plan.Folder.BeforeAfter,
        ["reward_curve"] = plan.Folder.RewardCurve,
        ["generate"] = GenerateCommand().ToString(),
        ["warnings"] = new JsonArray([.. summary.Warnings.Select(warning => JsonValue.Create(warning))]),
    };

    private static string Fit(string text) => text.Length < LabelWidth ? text.PadRight(LabelWidth) : text[..(LabelWidth - 1)] + " ";

    private static string Number(double value) => value.ToString("0.000");

    private static string Signed(double value, string format) => value.ToString($"+{format};-{format};{format}");

    private static string Time(TimeSpan time) => time.TotalMinutes < 1 ? $"{time.TotalSeconds:0.0} s"
        : time.TotalHours < 1 ? $"{(int)time.TotalMinutes} min {time.Seconds} s"
        : $"{(int)time.TotalHours} h {time.Minutes} min";
}
