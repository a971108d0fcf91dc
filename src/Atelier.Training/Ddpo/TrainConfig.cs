using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Says how the policy is updated from the images of an epoch.</summary>
[SettingGroup("Training")]
public sealed record TrainConfig
{
    /// <summary>Sets the number of images whose loss is computed together, at one timestep.</summary>
    /// <value>Default 1 (TRL's); divides <see cref="SampleConfig.BatchSize"/>.</value>
    public int BatchSize { get; init; } = 1;

    /// <summary>Sets the number of steps, of one image or of several, that go through the UNet together in training. It changes time and memory, not the gradient.</summary>
    /// <value>Default 0: as many as a training batch has images (TRL's); 0 or more. More are faster on small models, fewer take less memory. An update of fewer steps takes them all.</value>
    public int MicroBatchSize { get; init; }

    /// <summary>Sets the learning rate of AdamW.</summary>
    /// <value>Default 0.0003 (TRL's); above 0.</value>
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>Sets the decay of AdamW's running mean of gradients.</summary>
    /// <value>Default 0.9 (TRL's); 0 or more and below 1.</value>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Sets the decay of AdamW's running mean of squared gradients.</summary>
    /// <value>Default 0.999 (TRL's); 0 or more and below 1.</value>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Sets the decoupled weight decay of AdamW.</summary>
    /// <value>Default 0.0001 (TRL's); 0 or more.</value>
    public double AdamWeightDecay { get; init; } = 1e-4;

    /// <summary>Sets the number that AdamW adds to its denominator.</summary>
    /// <value>Default 1E-08 (TRL's); above 0.</value>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Sets how many training batches, each at all its timesteps, share one update.</summary>
    /// <value>Default 1 (TRL's); 1 or more. <see cref="BatchSize"/> times this must divide the images of an epoch.</value>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Sets the norm to which the gradient of all trained parameters together is clipped.</summary>
    /// <value>Default 1 (TRL's); above 0.</value>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Sets how many times the images of an epoch are swept.</summary>
    /// <value>Default 1 (TRL's); 1 or more.</value>
    public int NumInnerEpochs { get; init; } = 1;

    /// <summary>Uses classifier-free guidance in training as in sampling.</summary>
    /// <value>Default true (TRL's). False with guided sampling compares two different policies and is refused unless <see cref="DdpoConfig.AllowPolicyMismatch"/> is set.</value>
    public bool Cfg { get; init; } = true;

    /// <summary>Sets the bound to which advantages are clipped, on both sides.</summary>
    /// <value>Default 5 (TRL's); above 0.</value>
    public double AdvClipMax { get; init; } = 5;

    /// <summary>Sets how far the probability of a step may move, as a fraction, before its gradient is cut off: PPO's ε.</summary>
    /// <value>Default 0.0001 (TRL's); above 0 and below 1. It is meant for latents of 16,384 numbers (512 pixels); for others 0.0001 · 16384 / numbers is equivalent.</value>
    public double ClipRange { get; init; } = 1e-4;

    /// <summary>Sets the fraction of an image's timesteps that are trained on, drawn anew for each image.</summary>
    /// <value>Default 1 (TRL's); above 0 and at most 1, and at least one step of <see cref="SampleConfig.NumSteps"/>.</value>
    public double TimestepFraction { get; init; } = 1;

    /// <summary>Computes activations a second time in the backward pass instead of keeping them: less memory, more time.</summary>
    /// <value>Default false. TRL has no such option.</value>
    public bool GradientCheckpointing { get; init; }

    internal IEnumerable<string> Problems() => new Complaints()
        .Require(BatchSize >= 1, $"train_batch_size must be 1 or more, not {BatchSize}")
        .Require(MicroBatchSize >= 0, $"train_micro_batch_size must be 0 or more, not {MicroBatchSize}")
        .RequirePositive(LearningRate, "train_learning_rate")
        .Require(AdamBeta1 is >= 0 and < 1, $"train_adam_beta1 must be 0 or more and below 1, not {Setting.Show(AdamBeta1)}")
        .Require(AdamBeta2 is >= 0 and < 1, $"train_adam_beta2 must be 0 or more and below 1, not {Setting.Show(AdamBeta2)}")
        .Require(AdamWeightDecay is >= 0 and < double.PositiveInfinity, $"train_adam_weight_decay must be 0 or more, not {Setting.Show(AdamWeightDecay)}")
        .RequirePositive(AdamEpsilon, "train_adam_epsilon")
        .Require(GradientAccumulationSteps >= 1, $"train_gradient_accumulation_steps must be 1 or more, not {GradientAccumulationSteps}")
        .RequirePositive(MaxGradNorm, "train_max_grad_norm")
        .Require(NumInnerEpochs >= 1, $"train_num_inner_epochs must be 1 or more, not {NumInnerEpochs}")
        .RequirePositive(AdvClipMax, "train_adv_clip_max")
        .Require(ClipRange is > 0 and < 1, $"train_clip_range must be above 0 and below 1, not {Setting.Show(ClipRange)}")
        .Require(TimestepFraction is > 0 and <= 1, $"train_timestep_fraction must be above 0 and at most 1, not {Setting.Show(TimestepFraction)}");
}
