using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Says how the images of an epoch are sampled.</summary>
[SettingGroup("Sampling")]
public sealed record SampleConfig
{
    /// <summary>Sets the number of denoising steps of an image.</summary>
    /// <value>Default 50 (TRL's); 1 or more. Time and memory grow with it.</value>
    public int NumSteps { get; init; } = 50;

    /// <summary>Sets how much noise a step adds: DDIM's η. A policy without noise has no probabilities to learn from.</summary>
    /// <value>Default 1 (TRL's), the noise of DDPM; above 0 and at most 1.</value>
    public double Eta { get; init; } = 1;

    /// <summary>Sets the weight of classifier-free guidance. At 1 or below sampling is unguided and costs half.</summary>
    /// <value>Default 5 (TRL's); 0 or more. Guidance narrows the spread of images and of rewards, so small models learn faster without it.</value>
    public double GuidanceScale { get; init; } = 5;

    /// <summary>Sets the number of images that are sampled together.</summary>
    /// <value>Default 1 (TRL's); a multiple of <see cref="TrainConfig.BatchSize"/>.</value>
    public int BatchSize { get; init; } = 1;

    /// <summary>Sets the number of sampled batches in an epoch.</summary>
    /// <value>Default 2 (TRL's); 1 or more. An epoch has <see cref="BatchSize"/> times as many images.</value>
    public int NumBatchesPerEpoch { get; init; } = 2;

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(NumSteps is >= 1 and <= 1000, $"sample_num_steps must be from 1 to 1000, not {NumSteps}")
        .Require(
            Eta is > 0 and <= 1,
            Eta == 0
                ? "sample_eta must be above 0 to train: at 0 a step has no noise, hence no probability to raise or lower (1 is usual)"
                : $"sample_eta must be above 0 and at most 1, not {Setting.Show(Eta)}")
        .Require(GuidanceScale is >= 0 and < double.PositiveInfinity, $"sample_guidance_scale must be 0 or more, not {Setting.Show(GuidanceScale)}")
        .Require(BatchSize >= 1, $"sample_batch_size must be 1 or more, not {BatchSize}")
        .Require(NumBatchesPerEpoch >= 1, $"sample_num_batches_per_epoch must be 1 or more, not {NumBatchesPerEpoch}");
}
