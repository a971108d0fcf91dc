using Atelier.Diffusion.Adapters;
using Atelier.Rewards;
using Atelier.Tests.Shared;
using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using static TorchSharp.torch;

namespace Atelier.Tests.Training;

/// <summary>How a <see cref="TinyRun"/> differs from the usual one.</summary>
internal sealed record TinyRunSetup
{
    public static readonly string[] PromptList = ["a red circle", "a blue triangle", "a green square"];

    /// <summary>Two epochs of four images at two steps, unguided, with per-prompt statistics.</summary>
    public static DdpoConfig Usual { get; } = new()
    {
        NumEpochs = 2,
        Seed = 11,
        MixedPrecision = MixedPrecision.No,
        Sample = new SampleConfig { NumSteps = 2, GuidanceScale = 1, BatchSize = 2, NumBatchesPerEpoch = 2 },
        Train = new TrainConfig { BatchSize = 2, LearningRate = 1e-3, ClipRange = 1e-2 },
        PerPromptStatTracking = new PerPromptStatTrackingConfig { Enabled = true, BufferSize = 4, MinCount = 2 },
    };

    public DdpoConfig Config { get; init; } = Usual;

    public bool UseLora { get; init; } = true;

    public LoraComputation Computation { get; init; }

    public ScalarType ElementType { get; init; } = ScalarType.Float32;

    public string Folder { get; init; } = GoldenFolder.At("tiny-sd1");

    public IReward Reward { get; init; } = new LambdaReward("redness", TinyRun.Redness);

    public PromptFunction Prompts { get; init; } = Atelier.Training.Rollouts.Prompts.FromList(PromptList);

    public ImageSamplesHook? Hook { get; init; }

    /// <summary>Where checkpoints go; null for none.</summary>
    public string? Checkpoints { get; init; }

    public Func<IDdpoStableDiffusionPipeline, IDdpoStableDiffusionPipeline> Wrap { get; init; } = pipeline => pipeline;
}
