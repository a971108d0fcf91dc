using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>What the folder of a run says about it.</summary>
internal sealed record RunFacts
{
    public required RunFolder Folder { get; init; }

    public required RunSettings Settings { get; init; }

    public required RunManifest Manifest { get; init; }

    public required RunHistory History { get; init; }

    public bool IsLora => Settings.Ddpo.Lora.Enabled;

    public bool IsEmbedded => Settings.PretrainedModel == ModelLocator.EmbeddedName;

    public int EpochsDone => History.Epochs is [.., var last] ? last.Epoch + 1 : 0;

    /// <summary>Gets prompts of sampled images that are known without the run's folder.</summary>
    public IReadOnlyList<string> SampledPrompts { get; init; } = [];

    /// <summary>Gets the number format that was computed in; null when it isn't known.</summary>
    public MixedPrecision? Precision => Settings.Ddpo.MixedPrecision != MixedPrecision.Auto ? Settings.Ddpo.MixedPrecision
        : Manifest.Device.Length > 0 ? Settings.Ddpo.ResolveMixedPrecision(Manifest.Device.StartsWith("cuda", StringComparison.Ordinal))
        : null;

    public RewardDescription? Reward => RewardCatalogue.Describe(Settings.Reward);

    /// <summary>Gets the rewards before and after, as the end of a run reports them.</summary>
    public RunSummary Summary => new()
    {
        Folder = Folder,
        Unit = Reward?.Unit ?? "",
        History = History,
        EpochsDone = EpochsDone,
        UpdateCount = History.UpdateCount,
        Duration = (Manifest.Ended ?? Manifest.Started) - Manifest.Started,
    };

    /// <summary>Gets the base model's id on the hub; null where the run began with another model.</summary>
    public string? BaseModel => BaseCommit is null ? null : Manifest.Model;

    /// <summary>Gets the commit of that model.</summary>
    public string? BaseCommit => Manifest.ModelCommit;

    /// <summary>Reads a run's folder.</summary>
    /// <exception cref="InvalidDataException">It is no run, or its settings or metrics are damaged.</exception>
    public static RunFacts Read(RunFolder folder)
    {
        if (!folder.IsRun)
        {
            throw new InvalidDataException($"{folder.Path} is no run: it has no config.json");
        }

        var schema = SettingsSchema.Of<RunSettings>();
        List<string> problems = [];
        var layer = SettingsLayer.FromJson(File.ReadAllText(folder.Config), folder.Config, schema, problems);
        return new RunFacts
        {
            Folder = folder,
            // A setting that this version doesn't know is no reason to say nothing.
            Settings = layer.Values.Count > 0 ? schema.Bind<RunSettings>(layer) : throw new InvalidDataException(problems.FirstOrDefault() ?? $"{folder.Config} has no settings"),
            Manifest = RunManifest.Find(folder.Manifest) ?? throw new InvalidDataException($"{folder.Manifest} is missing or damaged"),
            History = File.Exists(folder.Metrics) ? RunHistory.Read(folder.Metrics) : new RunHistory { Epochs = [], Evaluations = [] },
        };
    }

    /// <summary>Describes a set of prompts by its name; a file of the author's has none that means anything to others.</summary>
    public static string DescribePrompts(string nameOrFile, int count)
    {
        var counted = count == 1 ? "1 prompt" : $"{count} prompts";
        return Prompts.Names.Contains(nameOrFile, StringComparer.Ordinal) ? $"{counted}, Atelier's set `{nameOrFile}`" : counted;
    }

    /// <summary>Finds the different prompts of the run's images, as far as the run's folder tells.</summary>
    public IReadOnlyList<string> FindPrompts() => Prompts.Names.Contains(Settings.Prompts, StringComparer.Ordinal)
        ? Prompts.Read(Settings.Prompts)
        : [.. Enumerable.Range(0, EpochsDone).SelectMany(epoch => ImageFolder.ReadIndex(Folder.ImagesOf(epoch))).Select(record => record.Prompt).Distinct(StringComparer.Ordinal)];
}
