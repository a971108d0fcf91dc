using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Holds the wishes of a DDPO run: TRL's options with its defaults, grouped by stage.</summary>
/// <remarks>
/// Each property has a flat name that recipes, files, the environment and the command line use, which is TRL's where TRL has the option:
/// <see cref="SampleConfig.BatchSize"/> of <see cref="Sample"/> is <c>sample_batch_size</c>.
/// <para>Differs from TRL's <c>DDPOConfig</c>: <see cref="MixedPrecision"/> is <c>auto</c>, not <c>fp16</c>, since half precision is no gain on a CPU;
/// <see cref="NegativePrompts"/> is one prompt or one per prompt; options that had no effect don't exist.</para>
/// </remarks>
[SettingGroup("Run")]
public sealed record DdpoConfig
{
    /// <summary>Sets the number of epochs: sampling, then updates.</summary>
    /// <value>Default 100 (TRL's); 1 or more.</value>
    public int NumEpochs { get; init; } = 100;

    /// <summary>Sets the seed of everything that is drawn at random.</summary>
    /// <value>Default 0 (TRL's); any whole number. The same seed and settings give the same run.</value>
    public long Seed { get; init; }

    /// <summary>Names the run and its folder.</summary>
    /// <value>Default "" (TRL's): the reward's name and a number. A name without slashes.</value>
    public string RunName { get; init; } = "";

    /// <summary>Sets how many epochs lie between two checkpoints.</summary>
    /// <value>Default 1 (TRL's); 1 or more.</value>
    public int SaveFreq { get; init; } = 1;

    /// <summary>Sets how many checkpoints are kept; the best one is never deleted.</summary>
    /// <value>Default 5 (TRL's); 1 or more.</value>
    public int NumCheckpointLimit { get; init; } = 5;

    /// <summary>Goes on with an earlier run: <c>last</c>, <c>best</c>, a run folder or a checkpoint folder.</summary>
    /// <value>Default "" (TRL's): a new run.</value>
    public string ResumeFrom { get; init; } = "";

    /// <summary>Sets the number format of the frozen networks and of the computation.</summary>
    /// <value>Default auto: no (32 bits) on a CPU, fp16 on a GPU. TRL's default is fp16 everywhere.</value>
    public MixedPrecision MixedPrecision { get; init; } = MixedPrecision.Auto;

    /// <summary>Lets a GPU multiply 32-bit matrices in its faster TF32 format.</summary>
    /// <value>Default true (TRL's). It means nothing on a CPU.</value>
    public bool AllowTf32 { get; init; } = true;

    /// <summary>Computes the rewards of one batch while the next one is being sampled.</summary>
    /// <value>Default false (TRL's). The numbers are the same either way.</value>
    public bool AsyncRewardComputation { get; init; }

    /// <summary>Sets how many batches may be scored at once when rewards are computed beside sampling.</summary>
    /// <value>Default 2 (TRL's); 1 or more.</value>
    public int MaxWorkers { get; init; } = 2;

    /// <summary>Gives what guidance leads away from: one text for all prompts, or one for each prompt of the list.</summary>
    /// <value>Default "" (TRL's), the empty text. Unguided sampling doesn't use it.</value>
    public IReadOnlyList<string> NegativePrompts { get; init; } = [""];

    /// <summary>Allows guided sampling with unguided training, although the two are different policies.</summary>
    /// <value>Default false. TRL has no such option and always allowed it.</value>
    public bool AllowPolicyMismatch { get; init; }

    /// <summary>Gets how images are sampled: <c>sample_…</c>.</summary>
    public SampleConfig Sample { get; init; } = new();

    /// <summary>Gets how the policy is updated: <c>train_…</c>.</summary>
    public TrainConfig Train { get; init; } = new();

    /// <summary>Gets how rewards become advantages: <c>per_prompt_stat_tracking…</c>.</summary>
    public PerPromptStatTrackingConfig PerPromptStatTracking { get; init; } = new();

    /// <summary>Gets which weights are trained: <c>use_lora</c>, <c>lora_…</c>.</summary>
    public LoraConfig Lora { get; init; } = new();

    /// <summary>Gets whether sampling is guided, at two forward passes a step.</summary>
    public bool IsGuided => Sample.GuidanceScale > 1;

    /// <summary>Gets whether training is guided: as sampling, unless <see cref="TrainConfig.Cfg"/> is false.</summary>
    public bool IsTrainingGuided => IsGuided && Train.Cfg;

    /// <summary>Gets the number of images of an epoch, per process.</summary>
    public int SamplesPerEpoch => Sample.BatchSize * Sample.NumBatchesPerEpoch;

    /// <summary>Gets the number of images of an update, per process.</summary>
    public int SamplesPerUpdate => Train.BatchSize * Train.GradientAccumulationSteps;

    /// <summary>Gets the number of steps that go through the UNet together in training.</summary>
    public int StepsAtOnce => Train.MicroBatchSize > 0 ? Train.MicroBatchSize : Train.BatchSize;

    /// <summary>Gets the number of updates of an epoch, all inner epochs together.</summary>
    public int UpdatesPerEpoch => SamplesPerEpoch / SamplesPerUpdate * Train.NumInnerEpochs;

    /// <summary>Gets the number of timesteps of each image that are trained on: the product of steps and fraction, rounded down.</summary>
    public int TrainedStepCount => (int)(Sample.NumSteps * Train.TimestepFraction);

    /// <summary>Chooses the number format for a device.</summary>
    /// <param name="isGpu">True on a GPU, false on a CPU.</param>
    /// <returns>The wish itself, or what <see cref="MixedPrecision.Auto"/> means there; never <see cref="MixedPrecision.Auto"/>.</returns>
    public MixedPrecision ResolveMixedPrecision(bool isGpu) => MixedPrecision switch
    {
        MixedPrecision.Auto => isGpu ? MixedPrecision.Fp16 : MixedPrecision.No,
        _ => MixedPrecision,
    };

    /// <summary>Finds everything that is wrong with the wishes, before any weight is read.</summary>
    /// <param name="promptCount">The number of different prompts, which <see cref="NegativePrompts"/> must match; null when it isn't known.</param>
    /// <returns>One sentence for each complaint, in flat names; none when a run can start.</returns>
    public IEnumerable<string> Problems(int? promptCount = null)
    {
        var own = new Complaints()
            .Require(NumEpochs >= 1, $"num_epochs must be 1 or more, not {NumEpochs}")
            .Require(!IsPath(RunName), $"run_name must be a name, not a path: \"{RunName}\" (use output_folder for the folder above it)")
            .Require(SaveFreq >= 1, $"save_freq must be 1 or more, not {SaveFreq}")
            .Require(NumCheckpointLimit >= 1, $"num_checkpoint_limit must be 1 or more, not {NumCheckpointLimit}")
            .Require(MaxWorkers >= 1, $"max_workers must be 1 or more, not {MaxWorkers}")
            .Require(
                NegativePrompts.Count == 1 || promptCount is null || NegativePrompts.Count == promptCount,
                $"negative_prompts must be one text or one for each of the {promptCount} prompts, not {NegativePrompts.Count}")
            .Require(
                NegativePrompts.Count > 0 || promptCount is not null,
                "negative_prompts must be one text or one for each prompt, not none (\"\" is the usual one)");

        return [.. own, .. Sample.Problems(), .. Train.Problems(), .. PerPromptStatTracking.Problems(), .. Lora.Problems(), .. Contradictions()];
    }

    private static bool IsPath(string name) => name is "." or ".." || name.AsSpan().ContainsAny('/', '\\');

    // Between settings that are each in range; 64-bit products cannot overflow.
    private Complaints Contradictions()
    {
        Complaints found = new();
        if (Sample.BatchSize >= 1 && Train.BatchSize >= 1)
        {
            found
                .Require(
                    Sample.BatchSize >= Train.BatchSize,
                    $"sample_batch_size ({Sample.BatchSize}) must be at least train_batch_size ({Train.BatchSize})")
                .Require(
                    Sample.BatchSize < Train.BatchSize || Sample.BatchSize % Train.BatchSize == 0,
                    $"sample_batch_size ({Sample.BatchSize}) must be a multiple of train_batch_size ({Train.BatchSize})");
            if (Sample.NumBatchesPerEpoch >= 1 && Train.GradientAccumulationSteps >= 1)
            {
                var samples = (long)Sample.BatchSize * Sample.NumBatchesPerEpoch;
                var update = (long)Train.BatchSize * Train.GradientAccumulationSteps;
                found.Require(
                    samples % update == 0,
                    $"an epoch's {samples} images (sample_batch_size {Sample.BatchSize} × sample_num_batches_per_epoch {Sample.NumBatchesPerEpoch}) must be a multiple of an update's {update} (train_batch_size {Train.BatchSize} × train_gradient_accumulation_steps {Train.GradientAccumulationSteps})");
            }
        }

        return found
            .Require(
                Sample.NumSteps < 1 || Train.TimestepFraction is not (> 0 and <= 1) || TrainedStepCount >= 1,
                $"train_timestep_fraction ({Setting.Show(Train.TimestepFraction)}) of sample_num_steps ({Sample.NumSteps}) leaves no step to train on")
            .Require(
                Train.Cfg || !IsGuided || AllowPolicyMismatch,
                $"train_cfg is false while sample_guidance_scale is {Setting.Show(Sample.GuidanceScale)}: images would be drawn by one policy and scored by another. Use train_cfg true, sample_guidance_scale 1, or allow_policy_mismatch true if you mean it");
    }
}
