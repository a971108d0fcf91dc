using System.Globalization;
using Atelier.Imaging;
using Atelier.Tracking;

namespace Atelier.Training.Pretraining;

/// <summary>Writes how the embedded model came to be, to be kept beside it: the log, curves, the evaluation and a page that explains them.</summary>
internal sealed class TrainingRecord
{
    /// <summary>The name of the log.</summary>
    public const string LogFileName = "log.jsonl";

    private const int LargestRecordCount = 1000;

    /// <summary>Makes the folder.</summary>
    public TrainingRecord(string folder) => Folder = Directory.CreateDirectory(folder).FullName;

    /// <summary>Gets the folder.</summary>
    public string Folder { get; }

    /// <summary>Writes everything but the sheets.</summary>
    /// <param name="logPath">The run's log; it need not exist.</param>
    /// <param name="options">The run's settings.</param>
    /// <param name="report">The evaluation.</param>
    public void Write(string logPath, PretrainingOptions options, TinyEvaluationReport report)
    {
        var records = File.Exists(logPath) ? RunLog.Read(logPath) : [];
        WriteLog(logPath, records);
        WriteChart("vae-loss.png", "VAE: loss on drawn pictures", records, "vae", ["l1", "edges", "divergence"]);
        WriteChart("unet-loss.png", "UNet and text encoder: squared error of the noise", records, "unet", ["loss"]);
        WriteText("evaluation.json", report.ToJson());
        WriteText("README.md", Explain(records, options, report));
    }

    private void WriteLog(string logPath, IReadOnlyList<RunRecord> records)
    {
        var every = 1 + (records.Count / LargestRecordCount);
        var lines = records.Count == 0 ? [] : File.ReadLines(logPath).Take(records.Count).Where((_, index) => (index + 1) % every == 0);
        File.WriteAllText(Path.Combine(Folder, LogFileName), string.Concat(lines.Select(line => line + "\n")));
    }

    private void WriteChart(string name, string title, IReadOnlyList<RunRecord> records, string kind, string[] values)
    {
        var own = records.Where(record => string.Equals(record.Kind, kind, StringComparison.Ordinal)).ToList();
        var series = values.Select(value => new ChartSeries(value, [.. own.Select(record => new ChartPoint(record.Step, record[value].Number))]));
        PngFile.Write(Path.Combine(Folder, name), LineChart.Draw([.. series], new ChartOptions { Title = title, HorizontalLabel = "step", IsLogarithmic = true }));
    }

    private void WriteText(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text + "\n");

    private static string Explain(IReadOnlyList<RunRecord> records, PretrainingOptions options, TinyEvaluationReport report)
    {
        var (vaeSteps, vaeMinutes) = Effort(records, "vae");
        var (unetSteps, unetMinutes) = Effort(records, "unet");
        return string.Create(CultureInfo.InvariantCulture, $"""
            # How this model was made

            `{Command(options)}`

            Seed {options.Seed}. On pictures that were drawn and captioned while it learnt, on the CPU:

            | part | steps | pictures a step | minutes |
            |---|---|---|---|
            | VAE | {vaeSteps} | {options.Vae.BatchSize} | {vaeMinutes} |
            | UNet and text encoder, weights averaged with decay {options.Unet.AverageDecay} | {unetSteps} | {options.Unet.BatchSize} | {unetMinutes} |

            The judge (`judge.safetensors`) has seen drawn pictures only, never this model's. It is the one that `caption_following` rewards with.

            ```
            {report.ToTable()}
            ```

            "New pairs" are the seven pairs of colour and shape that no training picture shows. Captions state the colour and differ from each other; the same captions and seeds are drawn with guidance and without.

            - `log.jsonl`: the losses, means over 100 steps; `vae-loss.png`, `unet-loss.png`: the same as curves
            - `reconstructions.png`: drawn pictures, and what the VAE makes of them
            - `samples.png`: the first captions of each kind, with what the judge sees
            - `evaluation.json`: the numbers above, with counts
            """).ReplaceLineEndings("\n");
    }

    private static string Command(PretrainingOptions options)
    {
        var command = FormattableString.Invariant($"atelier pretrain-tiny --seed {options.Seed} --vae-steps {options.Vae.StepCount} --unet-steps {options.Unet.StepCount}");
        return options.TimeLimit is { } limit ? command + FormattableString.Invariant($" --minutes {limit.TotalMinutes}") : command;
    }

    // The first record comes one interval after the start, so its own time is added as the mean of the others.
    private static (string Steps, string Minutes) Effort(IReadOnlyList<RunRecord> records, string kind)
    {
        var own = records.Where(record => string.Equals(record.Kind, kind, StringComparison.Ordinal)).ToList();
        if (own is not [var first, .., var last] || first.Seconds is not { } begun || last.Seconds is not { } ended)
        {
            return (own is [.., var only] ? only.Step.ToString(CultureInfo.InvariantCulture) : "-", "-");
        }

        var seconds = (ended - begun) * own.Count / (own.Count - 1);
        return (last.Step.ToString(CultureInfo.InvariantCulture), (seconds / 60).ToString("f0", CultureInfo.InvariantCulture));
    }
}
