using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using Atelier.Training.Runs;

namespace Atelier.Training.Settings;

/// <summary>Holds everything that a training run is told: model, reward, prompts, place, and the wishes of <see cref="DdpoConfig"/>.</summary>
/// <remarks>Recipes and configuration files have one key for each setting, under its flat name.</remarks>
[SettingGroup("Model and task")]
public sealed record RunSettings
{
    private static readonly string[] Trackers = ["jsonl", "tensorboard"];

    /// <summary>Chooses the model to start from: <c>tiny-sd</c>, a folder in diffusers' layout, or a repository of the hub (NAMESPACE/NAME), which is downloaded.</summary>
    /// <value>Default tiny-sd, the embedded model.</value>
    public string PretrainedModel { get; init; } = "tiny-sd";

    /// <summary>Chooses a branch, tag or commit of a model on the hub.</summary>
    /// <value>Default main (the default of TRL's script).</value>
    public string PretrainedRevision { get; init; } = "main";

    /// <summary>Chooses among the weight files of a model: <c>fp16</c> takes the half-precision ones where there are any.</summary>
    /// <value>Default "": the files without a variant in their name.</value>
    public string Variant { get; init; } = "";

    /// <summary>Chooses the reward by name: compressibility, incompressibility, caption, or a colour such as redness, also written colour:red.</summary>
    /// <value>Default compressibility: images that JPEG can make small. TRL's script uses a learned aesthetic score.</value>
    public string Reward { get; init; } = "compressibility";

    /// <summary>Chooses the prompts: a named set, or a text file with one prompt a line.</summary>
    /// <value>Default simple-animals: the 27 animals of TRL's script.</value>
    public string Prompts { get; init; } = "simple-animals";

    /// <summary>Chooses how prompts follow each other: <c>cyclic</c> gives each one its turn, <c>random</c> draws every one.</summary>
    /// <value>Default cyclic: every prompt gets the same number of images. TRL's script draws at random.</value>
    public PromptOrder PromptOrder { get; init; } = PromptOrder.Cyclic;

    /// <summary>Sets the folder that gets a folder for each run.</summary>
    /// <value>Default runs, in the current folder.</value>
    public string OutputFolder { get; init; } = "runs";

    /// <summary>Chooses where the networks run: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, or one GPU of several, such as <c>cuda:1</c>.</summary>
    /// <value>Default auto: the first GPU if there is one.</value>
    public string Device { get; init; } = "auto";

    /// <summary>Sets the number of threads that compute on the CPU.</summary>
    /// <value>Default 0: one for each core; 0 or more.</value>
    public int Threads { get; init; }

    /// <summary>Chooses where metrics go beside the terminal: <c>tensorboard</c>. The file metrics.jsonl is always written.</summary>
    /// <value>Default tensorboard; jsonl alone for no more than that file. TRL's default is no tracker.</value>
    [CommaSeparated]
    public IReadOnlyList<string> LogWith { get; init; } = ["tensorboard"];

    /// <summary>Sets how many of each epoch's images are kept as files; all of them are listed with prompt, reward and seed.</summary>
    /// <value>Default 16: the first ones; 0 or more.</value>
    public int ImagesPerEpoch { get; init; } = 16;

    /// <summary>Gets the pictures that show what a run changes: <c>preview_…</c>.</summary>
    public PreviewSettings Preview { get; init; } = new();

    /// <summary>Gets the check on other prompts than the trained ones: <c>evaluation_…</c>.</summary>
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>Gets what goes to the hub: <c>push_to_hub</c>, <c>hf_hub_…</c>.</summary>
    [SettingName("")]
    public PublishingSettings Publishing { get; init; } = new();

    /// <summary>Gets the wishes of the algorithm; their flat names have no prefix of their own.</summary>
    [SettingName("")]
    public DdpoConfig Ddpo { get; init; } = new();

    /// <summary>Finds everything that is wrong with the settings, before any weight is read. Prompt files are read.</summary>
    /// <returns>One sentence for each complaint, in flat names; none when a run can start.</returns>
    public IEnumerable<string> Problems()
    {
        List<string> found = [];
        var prompts = ReadPrompts(Prompts, "prompts", found);
        if (Evaluation.Prompts.Length > 0)
        {
            ReadPrompts(Evaluation.Prompts, "evaluation_prompts", found);
        }

        var own = new Complaints()
            .Require(PretrainedModel.Length > 0, "pretrained_model must name a model")
            .Require(Reward.Length > 0, "reward must name a reward")
            .Require(Reward.Length == 0 || RewardCatalogue.IsKnown(Reward), $"reward: {RewardCatalogue.ExplainUnknown(Reward)}")
            .Require(OutputFolder.Length > 0, "output_folder must name a folder")
            .RequireDevice(Device)
            .Require(ImagesPerEpoch >= 0, $"images_per_epoch must be 0 or more, not {ImagesPerEpoch}")
            .Require(Threads >= 0, $"threads must be 0 or more, not {Threads}");
        foreach (var tracker in LogWith.Where(name => !Trackers.Contains(name, StringComparer.Ordinal)))
        {
            own.Require(false, $"log_with: unknown tracker \"{tracker}\" (known: {string.Join(", ", Trackers)}){Spelling.Suggest(tracker, Trackers)}");
        }

        return [.. found, .. own, .. Preview.Problems(), .. Evaluation.Problems(), .. Publishing.Problems(), .. Ddpo.Problems(prompts?.Count)];
    }

    private static IReadOnlyList<string>? ReadPrompts(string nameOrFile, string setting, List<string> found)
    {
        try
        {
            var prompts = Rollouts.Prompts.Find(nameOrFile);
            if (prompts is null)
            {
                found.Add($"{setting}: {Rollouts.Prompts.ExplainUnknown(nameOrFile)}");
            }

            return prompts;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            found.Add($"{setting}: {error.Message}");
            return null;
        }
    }
}
