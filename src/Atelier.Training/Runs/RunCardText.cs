using System.Globalization;
using System.Text;
using Atelier.Training.Ddpo;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Writes the body of a run's card.</summary>
internal sealed class RunCardText(RunFacts facts, RunCardPictures pictures, string? baseModel, string repository)
{
    private const int ShownPairCount = 4;
    private const string Paper = "[arXiv:2305.13301](https://arxiv.org/abs/2305.13301)";

    private readonly RunSummary _summary = facts.Summary;

    private RunSettings Settings => facts.Settings;

    private string What => facts.IsLora ? "LoRA" : "model";

    public string Write() => string.Join(
        "\n",
        ((string?[])
        [
            $"# {Title}\n",
            pictures.Pairs.Count > 0 ? "<Gallery />\n" : null,
            Introduction(),
            Reward(),
            BeforeAndAfter(),
            new RunCardUsage(facts, pictures, baseModel, repository).Write(),
            Training(),
            Limits(),
            Citation,
        ]).Where(section => section is not null));

    private string Title
    {
        get
        {
            var name = repository == RunCard.UnknownRepository ? facts.Folder.Name : LastPart(repository);
            var start = baseModel is not null ? LastPart(baseModel) : facts.IsEmbedded ? ModelLocator.EmbeddedName : "Stable Diffusion";
            return MarkdownText.Escape($"{name}: {start} trained for {Settings.Reward}");
        }
    }

    // With an article where it stands in a sentence.
    private string Origin => baseModel is not null
        ? $"[{baseModel}](https://huggingface.co/{baseModel})"
        : facts.IsEmbedded
            ? $"`{ModelLocator.EmbeddedName}`, the small model of 64×64 pixels that comes with Atelier"
            : "a Stable Diffusion pipeline that is not on the hub";

    private string Introduction() =>
        $"""
        This is {(facts.IsLora ? "a LoRA for" : "a fine-tuned version of")} {Origin}, trained to draw {facts.Reward?.Goal ?? $"pictures that earn more of the reward `{Settings.Reward}`"}.

        The training was reinforcement learning, DDPO ({Paper}): the model draws pictures, a reward gives each one a number, and the denoising steps that led to high
        numbers are made more likely. There was no data set, only prompts and the reward. The trainer was Atelier, which is DDPO in C#.

        """;

    private string Reward()
    {
        StringBuilder section = new($"## The reward\n\n`{Settings.Reward}`: ");
        section.Append(facts.Reward is { } reward ? $"{reward.Measure} {reward.Bias}" : "a function of the picture that its author wrote.").Append('\n');
        var hasLaterEpoch = facts.History.Epochs.Count > 1;
        List<string[]> rows =
        [
            .. GainRow(hasLaterEpoch ? "trained prompts, first and last epoch's samples" : "trained prompts, the only epoch's samples", Settings.Ddpo.SamplesPerEpoch, _summary.Before, hasLaterEpoch ? _summary.After : null),
            .. GainRow($"held-out prompts{HeldOutEpochs()}", facts.History.EvaluationImageCount, _summary.HeldOutBefore, _summary.HeldOutAfter),
        ];
        if (rows.Count > 0)
        {
            section.Append('\n').Append(MarkdownText.Table([$"mean reward{(_summary.Unit.Length > 0 ? $" ({_summary.Unit})" : "")}", "pictures", "before", "after", "gain"], rows)).Append('\n');
            section.Append(_summary.Before is null ? "" : hasLaterEpoch
                ? $"The last epoch's samples were drawn before that epoch's updates: for the {What} of this page, the mean on the trained prompts was not measured. "
                : "The only epoch's samples are the untrained model's. ");
            section.Append("*Pictures* is the number of them behind each mean.").Append(_summary.Deviation is { } deviation ? $" sd is the untrained model's standard deviation within a prompt, {Number(deviation)}.\n" : "\n");
        }

        return section.Append(pictures.Curve is { } curve ? $"\n![Reward by epoch]({curve})\n" : "").ToString();
    }

    private IEnumerable<string[]> GainRow(string name, int? count, double? before, double? after)
    {
        if (before is { } from)
        {
            var shown = count?.ToString("n0", CultureInfo.InvariantCulture) ?? "";
            var deviations = after is { } end && _summary.Deviation is { } deviation ? $" ({Signed((end - from) / deviation, "0.0")} sd)" : "";
            yield return after is { } to ? [name, shown, Number(from), Number(to), Signed(to - from, "0.000") + deviations] : [name, shown, Number(from), "–", "–"];
        }
    }

    // An interrupted run is evaluated before it goes on.
    private string HeldOutEpochs() => facts.History.Evaluations is [.., { EpochsDone: > 0 } last] && last.EpochsDone < facts.EpochsDone
        ? $", after {last.EpochsDone} of {Count(facts.EpochsDone, "epoch")}"
        : "";

    private string? BeforeAndAfter()
    {
        var pairs = pictures.Pairs.Where(pair => pair.Before is not null).Take(ShownPairCount).ToList();
        if (pairs.Count == 0)
        {
            return pictures.Sheet is null ? null : $"## Before and after\n\n![Before and after]({pictures.Sheet})\n";
        }

        var rows = pairs.Select(pair => (string[])[$"{MarkdownText.Escape(pair.Prompt)}<br>seed {pair.Seed}", Cell("before", pair.Before!, pair.RewardBefore), Cell("after", pair.After, pair.RewardAfter)]);
        return $"""
            ## Before and after

            The same prompt and the same seed; below each picture is its reward.

            {MarkdownText.Table(["prompt", "before", "after"], rows)}
            {(pictures.Sheet is null ? "" : $"[All pairs on one sheet]({pictures.Sheet})\n")}
            """;

        // As Markdown: the hub finds the repository's own files in it, whatever it does with HTML.
        static string Cell(string name, string path, float? reward) => $"![{name}]({path}){(reward is { } number && float.IsFinite(number) ? $"<br>{Number(number)}" : "")}";
    }

    private string Training()
    {
        var config = Settings.Ddpo;
        List<string[]> rows =
        [
            ["base model", Origin + (facts.BaseCommit is { } commit && baseModel == facts.BaseModel ? $" at `{commit[..12]}`" : "")],
            ["trained", facts.IsLora ? $"LoRA of rank {config.Lora.Rank} on {LoraTargets()}" : "the whole UNet"],
            .. facts.FindPrompts().Count is > 0 and var count ? [(string[])["prompts", RunFacts.DescribePrompts(Settings.Prompts, count)]] : (string[][])[],
            ["extent", $"{Count(facts.EpochsDone, "epoch")}, {Count((long)facts.EpochsDone * config.SamplesPerEpoch, "picture")}, {Count(facts.History.UpdateCount, "update")}"],
            ["seed", config.Seed.ToString(CultureInfo.InvariantCulture)],
            ["hardware", Hardware()],
            .. facts.Manifest.Ended is { } ended ? [(string[])["time", Time(_summary.Duration) + (facts.Manifest.Resumptions.Count > 0 ? ", pauses included" : "") + $", until {ended.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}"]] : (string[][])[],
            ["software", $"Atelier {facts.Manifest.Atelier.Split('+')[0]}, {facts.Manifest.Dotnet}, TorchSharp {facts.Manifest.TorchSharp.Split('+')[0]}"],
        ];
        var settings = SettingsSchema.Of<RunSettings>().Settings.Where(setting => IsShown(setting.Name)).Select(setting => (string[])[$"`{setting.Name}`", MarkdownText.Escape(Setting.Show(setting.Read(Settings))) + Used(setting.Name)]);
        return $"""
            ## Training

            {MarkdownText.Table(["", ""], rows)}
            <details><summary>Every setting of the algorithm</summary>

            {MarkdownText.Table(["setting", "value"], settings)}
            </details>

            """;
    }

    // Only what the result depends on. A list of what to leave out would one day miss a folder or a token.
    private bool IsShown(string name) => name is "num_epochs" or "seed" or "prompt_order" or "mixed_precision" or "allow_tf32" or "negative_prompts" or "use_lora"
        || ((string[])["sample_", "train_", "per_prompt_stat_tracking"]).Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        || (facts.IsLora && name.StartsWith("lora_", StringComparison.Ordinal));

    // What a wish that leaves it open came to.
    private string Used(string name) => name == "mixed_precision" && Settings.Ddpo.MixedPrecision == MixedPrecision.Auto && facts.Precision is { } precision ? $" (used: {Setting.Show(precision)})" : "";

    private string LoraTargets() => Settings.Ddpo.Lora.Targets switch
    {
        ["all"] => "every linear layer and convolution of the UNet's blocks",
        ["attention"] => "the UNet's attention layers",
        var targets => string.Join(", ", targets.Select(target => $"`{target}`")),
    };

    private string Hardware()
    {
        var manifest = facts.Manifest;
        var processor = $"{MarkdownText.Escape(manifest.Processor)}, {manifest.Threads} {(manifest.Threads == 1 ? "thread" : "threads")}";
        return manifest.Device.StartsWith("cuda", StringComparison.Ordinal) ? $"one CUDA GPU; {processor}" : processor;
    }

    private string Limits() =>
        $"""
        ## Limits

        - **Reward hacking.** The {What} was trained for a number. What the reward favours beside its purpose grows with every epoch, and what it does not measure is given up: look at the pictures, not only at the curve.
        - **Prompts.** {(Settings.Evaluation.Prompts.Length > 0 ? "Besides the trained prompts, the reward was measured on held-out prompts of the same kind only." : "The reward was measured on the trained prompts only.")} Other prompts, other picture sizes and other samplers than the one above are untested.
        - **The base model.** Its limits, its biases and the terms of its licence hold here too{(baseModel is null ? "." : $": see [its card](https://huggingface.co/{baseModel}).")}

        """;

    private const string Citation =
        """
        ## Citation

        ```bibtex
        @article{black2023training,
          title   = {Training Diffusion Models with Reinforcement Learning},
          author  = {Black, Kevin and Janner, Michael and Du, Yilun and Kostrikov, Ilya and Levine, Sergey},
          journal = {arXiv preprint arXiv:2305.13301},
          year    = {2023}
        }
        ```

        """;

    private static string LastPart(string id) => id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string Count(long count, string what) => count.ToString("n0", CultureInfo.InvariantCulture) + $" {what}{(count == 1 ? "" : "s")}";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value, string format) => value.ToString($"+{format};-{format};{format}", CultureInfo.InvariantCulture);

    private static string Time(TimeSpan time) => time switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
    };
}
