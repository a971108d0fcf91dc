using Atelier.Training.Ddpo;
using Xunit;

namespace Atelier.Tests.Training.Ddpo;

public class DdpoConfigProblemsTests
{
    private static readonly DdpoConfig Defaults = new();

    public static TheoryData<string, DdpoConfig> OneMistakeEach => new()
    {
        { "num_epochs must be 1 or more, not 0", Defaults with { NumEpochs = 0 } },
        { "save_freq must be 1 or more, not 0", Defaults with { SaveFreq = 0 } },
        { "num_checkpoint_limit must be 1 or more, not 0", Defaults with { NumCheckpointLimit = 0 } },
        { "max_workers must be 1 or more, not 0", Defaults with { MaxWorkers = 0 } },
        { "run_name must be a name, not a path", Defaults with { RunName = "../up" } },
        { "negative_prompts must be one text", Defaults with { NegativePrompts = [] } },
        { "sample_num_steps must be from 1 to 1000, not 0", Sample(sample => sample with { NumSteps = 0 }) },
        { "sample_eta must be above 0 to train: at 0", Sample(sample => sample with { Eta = 0 }) },
        { "sample_eta must be above 0 and at most 1, not 1.5", Sample(sample => sample with { Eta = 1.5 }) },
        { "sample_eta must be above 0 and at most 1, not NaN", Sample(sample => sample with { Eta = double.NaN }) },
        { "sample_guidance_scale must be 0 or more, not -1", Sample(sample => sample with { GuidanceScale = -1 }) },
        { "sample_batch_size must be 1 or more, not 0", Sample(sample => sample with { BatchSize = 0 }) },
        { "sample_num_batches_per_epoch must be 1 or more, not 0", Sample(sample => sample with { NumBatchesPerEpoch = 0 }) },
        { "train_micro_batch_size must be 0 or more, not -1", Train(train => train with { MicroBatchSize = -1 }) },
        { "train_batch_size must be 1 or more, not 0", Train(train => train with { BatchSize = 0 }) },
        { "train_learning_rate must be above 0, not 0", Train(train => train with { LearningRate = 0 }) },
        { "train_adam_beta1 must be 0 or more and below 1, not 1", Train(train => train with { AdamBeta1 = 1 }) },
        { "train_adam_beta2 must be 0 or more and below 1, not -0.1", Train(train => train with { AdamBeta2 = -0.1 }) },
        { "train_adam_weight_decay must be 0 or more, not -1", Train(train => train with { AdamWeightDecay = -1 }) },
        { "train_adam_epsilon must be above 0, not 0", Train(train => train with { AdamEpsilon = 0 }) },
        { "train_gradient_accumulation_steps must be 1 or more, not 0", Train(train => train with { GradientAccumulationSteps = 0 }) },
        { "train_max_grad_norm must be above 0, not 0", Train(train => train with { MaxGradNorm = 0 }) },
        { "train_num_inner_epochs must be 1 or more, not 0", Train(train => train with { NumInnerEpochs = 0 }) },
        { "train_adv_clip_max must be above 0, not 0", Train(train => train with { AdvClipMax = 0 }) },
        { "train_clip_range must be above 0 and below 1, not 1", Train(train => train with { ClipRange = 1 }) },
        { "train_timestep_fraction must be above 0 and at most 1, not 0", Train(train => train with { TimestepFraction = 0 }) },
        { "train_timestep_fraction (0.01) of sample_num_steps (50) leaves no step", Train(train => train with { TimestepFraction = 0.01 }) },
        { "train_cfg is false while sample_guidance_scale is 5", Train(train => train with { Cfg = false }) },
        { "an epoch's 2 images", Train(train => train with { GradientAccumulationSteps = 4 }) },
        { "sample_batch_size (6) must be a multiple of train_batch_size (4)", Batches(6, 2, 4) },
        { "sample_batch_size (2) must be at least train_batch_size (4)", Batches(2, 2, 4) },
        { "per_prompt_stat_tracking_buffer_size must be 1 or more, not 0", Tracking(new() { BufferSize = 0 }) },
        { "per_prompt_stat_tracking_min_count must be 1 or more, not 0", Tracking(new() { MinCount = 0 }) },
        { "per_prompt_stat_tracking_min_count (16) must be at most per_prompt_stat_tracking_buffer_size (8)", Tracking(new() { Enabled = true, BufferSize = 8 }) },
        { "lora_rank must be 1 or more, not 0", Defaults with { Lora = new() { Rank = 0 } } },
        { "lora_alpha must be above 0, not -1", Defaults with { Lora = new() { Alpha = -1 } } },
        { "lora_targets must name at least one", Defaults with { Lora = new() { Targets = [] } } },
        { "lora_targets has an empty name", Defaults with { Lora = new() { Targets = ["to_q", ""] } } },
        { "lora_targets: attention and all stand alone", Defaults with { Lora = new() { Targets = ["all", "to_q"] } } },
    };

    [Fact]
    public void The_defaults_can_start() => Assert.Empty(Defaults.Problems());

    [Theory]
    [MemberData(nameof(OneMistakeEach))]
    public void One_mistake_is_one_complaint(string complaint, DdpoConfig config) =>
        Assert.StartsWith(complaint, Assert.Single(config.Problems()), StringComparison.Ordinal);

    [Fact]
    public void All_complaints_come_at_once()
    {
        var config = Defaults with
        {
            NumEpochs = 0,
            Sample = new() { Eta = 0, NumSteps = -1, BatchSize = 3 },
            Train = new() { BatchSize = 2, Cfg = false, LearningRate = double.NaN },
            Lora = new() { Rank = 0 },
        };

        Assert.Equal(7, config.Problems().Count());
    }

    [Fact]
    public void Unguided_training_is_refused_only_when_sampling_is_guided_and_nobody_asked_for_it()
    {
        var mismatch = Train(train => train with { Cfg = false });

        Assert.Single(mismatch.Problems());
        Assert.Empty((mismatch with { AllowPolicyMismatch = true }).Problems());
        Assert.Empty((mismatch with { Sample = new() { GuidanceScale = 1 } }).Problems());
    }

    [Theory]
    [InlineData(1, 3, true)]
    [InlineData(3, 3, true)]
    [InlineData(2, 3, false)]
    [InlineData(2, null, true)]
    public void Negative_prompts_are_one_or_one_for_each_prompt(int count, int? promptCount, bool isFine) =>
        Assert.Equal(isFine, !(Defaults with { NegativePrompts = [.. Enumerable.Repeat("", count)] }).Problems(promptCount).Any());

    [Theory]
    [InlineData(6, 4, 3, 1)]
    [InlineData(4, 2, 2, 2)]
    [InlineData(4, 2, 2, 4)]
    [InlineData(64, 2, 64, 1)]
    public void Batches_that_divide_are_accepted(int sample, int batches, int train, int accumulation)
    {
        var config = Batches(sample, batches, train);
        config = config with { Train = config.Train with { GradientAccumulationSteps = accumulation } };

        Assert.Empty(config.Problems());
        Assert.Equal(sample * batches / train / accumulation, config.UpdatesPerEpoch);
    }

    [Fact]
    public void Huge_batches_do_not_overflow() =>
        Assert.NotEmpty(Batches(int.MaxValue, int.MaxValue, 2).Problems());

    [Theory]
    [InlineData(50, 1, 50)]
    [InlineData(5, 0.6, 3)]
    [InlineData(50, 0.58, 28)]
    public void Trained_steps_are_rounded_down_as_in_the_original(int steps, double fraction, int expected) =>
        Assert.Equal(expected, (Defaults with { Sample = new() { NumSteps = steps }, Train = new() { TimestepFraction = fraction } }).TrainedStepCount);

    [Theory]
    [InlineData(MixedPrecision.Auto, false, MixedPrecision.No)]
    [InlineData(MixedPrecision.Auto, true, MixedPrecision.Fp16)]
    [InlineData(MixedPrecision.Bf16, false, MixedPrecision.Bf16)]
    [InlineData(MixedPrecision.No, true, MixedPrecision.No)]
    public void Automatic_precision_depends_on_the_device(MixedPrecision wish, bool isGpu, MixedPrecision expected) =>
        Assert.Equal(expected, (Defaults with { MixedPrecision = wish }).ResolveMixedPrecision(isGpu));

    private static DdpoConfig Sample(Func<SampleConfig, SampleConfig> change) => Defaults with { Sample = change(Defaults.Sample) };

    private static DdpoConfig Train(Func<TrainConfig, TrainConfig> change) => Defaults with { Train = change(Defaults.Train) };

    private static DdpoConfig Tracking(PerPromptStatTrackingConfig tracking) => Defaults with { PerPromptStatTracking = tracking };

    private static DdpoConfig Batches(int sample, int batches, int train) => Defaults with
    {
        Sample = new() { BatchSize = sample, NumBatchesPerEpoch = batches },
        Train = new() { BatchSize = train },
    };
}
