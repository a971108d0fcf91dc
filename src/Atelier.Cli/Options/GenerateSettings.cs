using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier generate</c> is told.</summary>
[SettingGroup("Pictures")]
public sealed record GenerateSettings
{
    /// <summary>Says what the pictures show; give it several times for several prompts.</summary>
    /// <value>Default none: at least one must be given.</value>
    [SettingName("prompt")]
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>Says what the pictures are led away from.</summary>
    /// <value>Default "", the empty text.</value>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Chooses the model: <c>tiny-sd</c>, a folder in diffusers' layout, or a repository of the hub (NAMESPACE/NAME), which is downloaded.</summary>
    /// <value>Default "": the model that the LoRA was made for, else tiny-sd, the embedded model.</value>
    public string PretrainedModel { get; init; } = "";

    /// <summary>Chooses a branch, tag or commit of a model on the hub.</summary>
    /// <value>Default main.</value>
    public string PretrainedRevision { get; init; } = "main";

    /// <summary>Chooses among the weight files of a model: <c>fp16</c> takes the half-precision ones where there are any.</summary>
    /// <value>Default "": the files without a variant in their name.</value>
    public string Variant { get; init; } = "";

    /// <summary>Adds a LoRA: a file, a folder that holds one, the folder of a run, or a repository of the hub.</summary>
    /// <value>Default "": the model as it is.</value>
    public string Lora { get; init; } = "";

    /// <summary>Chooses a branch, tag or commit of a LoRA on the hub.</summary>
    /// <value>Default main, the branch that every repository has.</value>
    public string LoraRevision { get; init; } = "main";

    /// <summary>Sets the seed of the first picture; the next ones have the next numbers.</summary>
    /// <value>Default 0; any whole number.</value>
    public long Seed { get; init; }

    /// <summary>Sets the number of pictures of each prompt.</summary>
    /// <value>Default 1; 1 or more.</value>
    public int Count { get; init; } = 1;

    /// <summary>Sets the number of denoising steps.</summary>
    /// <value>Default 20; from 1 to 1000.</value>
    public int NumSteps { get; init; } = 20;

    /// <summary>Sets the weight of classifier-free guidance. At 1 or below there is none, at half the cost.</summary>
    /// <value>Default 5; 0 or more.</value>
    public double GuidanceScale { get; init; } = 5;

    /// <summary>Sets how much noise a step adds: DDIM's η.</summary>
    /// <value>Default 0, no noise; at most 1.</value>
    public double Eta { get; init; }

    /// <summary>Sets the pictures' width in pixels.</summary>
    /// <value>Default 0: the model's own; a multiple of 8.</value>
    public int Width { get; init; }

    /// <summary>Sets the pictures' height in pixels.</summary>
    /// <value>Default 0: the model's own; a multiple of 8.</value>
    public int Height { get; init; }

    /// <summary>Sets the folder that gets the pictures.</summary>
    /// <value>Default images, in the current folder.</value>
    public string OutputFolder { get; init; } = "images";

    /// <summary>Chooses where the networks run: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, or one GPU of several, such as <c>cuda:1</c>.</summary>
    /// <value>Default auto: the first GPU if there is one.</value>
    public string Device { get; init; } = "auto";

    /// <summary>Sets the number of threads that compute on the CPU.</summary>
    /// <value>Default 0: one for each core; 0 or more.</value>
    public int Threads { get; init; }

    /// <summary>Finds everything that is wrong with the settings.</summary>
    /// <returns>One sentence for each complaint, in flat names.</returns>
    public IEnumerable<string> Problems() => new Complaints()
        .Require(Prompts.Count > 0, "prompt must be given at least once")
        .Require(OutputFolder.Length > 0, "output_folder must name a folder")
        .Require(Count >= 1, $"count must be 1 or more, not {Count}")
        .Require(NumSteps is >= 1 and <= 1000, $"num_steps must be from 1 to 1000, not {NumSteps}")
        .Require(GuidanceScale >= 0, $"guidance_scale must be 0 or more, not {Setting.Show(GuidanceScale)}")
        .Require(Eta is >= 0 and <= 1, $"eta must be from 0 to 1, not {Setting.Show(Eta)}")
        .Require(Width >= 0 && Width % 8 == 0, $"width must be a multiple of 8, not {Width}")
        .Require(Height >= 0 && Height % 8 == 0, $"height must be a multiple of 8, not {Height}")
        .RequireDevice(Device)
        .Require(Threads >= 0, $"threads must be 0 or more, not {Threads}");
}
