using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Holds what <c>atelier pretrain-tiny</c> is told.</summary>
[SettingGroup("Pretraining")]
public sealed record PretrainSettings
{
    /// <summary>Sets the folder that gets the model, in <c>tiny-sd</c>, and checkpoints, in <c>work</c>; a run that was interrupted goes on from them.</summary>
    /// <value>Default pretraining, in the current folder.</value>
    public string OutputFolder { get; init; } = "pretraining";

    /// <summary>Sets the seed of weights, pictures and captions.</summary>
    /// <value>Default 0; any whole number.</value>
    public long Seed { get; init; }

    /// <summary>Sets the number of updates of the autoencoder.</summary>
    /// <value>Default 0: as many as the embedded model had; 0 or more.</value>
    public int VaeSteps { get; init; }

    /// <summary>Sets the number of updates of the UNet and the text encoder.</summary>
    /// <value>Default 0: as many as the embedded model had; 0 or more.</value>
    public int UnetSteps { get; init; }

    /// <summary>Sets how long autoencoder and UNet are trained in all, in minutes, where their steps take longer. The judge, the latents and the evaluation come on top.</summary>
    /// <value>Default 0: no limit; 0 or more.</value>
    public double Minutes { get; init; }

    /// <summary>Chooses where the networks run: <c>auto</c> or <c>cpu</c>, which are the same here: pretraining runs on the CPU.</summary>
    /// <value>Default auto: the CPU.</value>
    public string Device { get; init; } = "auto";

    /// <summary>Sets the number of threads that compute on the CPU.</summary>
    /// <value>Default 0: one for each core; 0 or more.</value>
    public int Threads { get; init; }

    /// <summary>Finds everything that is wrong with the settings.</summary>
    /// <returns>One sentence for each complaint, in flat names.</returns>
    public IEnumerable<string> Problems() => new Complaints()
        .Require(OutputFolder.Length > 0, "output_folder must name a folder")
        .Require(VaeSteps >= 0, $"vae_steps must be 0 or more, not {VaeSteps}")
        .Require(UnetSteps >= 0, $"unet_steps must be 0 or more, not {UnetSteps}")
        .Require(Minutes is >= 0 and < double.PositiveInfinity, $"minutes must be 0 or more, not {Setting.Show(Minutes)}")
        .Require(Device is "auto" or "cpu", $"device must be auto or cpu, not \"{Device}\": pretraining runs on the CPU")
        .Require(Threads >= 0, $"threads must be 0 or more, not {Threads}");
}
