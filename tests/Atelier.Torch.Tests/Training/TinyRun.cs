using System.Globalization;
using Atelier.Diffusion.Tensors;
using Atelier.Tracking;
using Atelier.Training.Checkpoints;
using Atelier.Training.Ddpo;
using static TorchSharp.torch;

namespace Atelier.Tests.Training;

/// <summary>A whole training run on a tiny random model, in well under a second.</summary>
internal sealed class TinyRun : IDisposable
{
    public TinyRun(TinyRunSetup? setup = null)
    {
        setup ??= new TinyRunSetup();
        var options = new DdpoPipelineOptions { UseLora = setup.UseLora, Seed = 5, Placement = Placement.Cpu with { ElementType = setup.ElementType } };
        Pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(setup.Folder, options);
        if (Pipeline.Adapters is { } adapters)
        {
            adapters.Computation = setup.Computation;
        }

        Trainer = new DdpoTrainer(setup.Config, setup.Reward, setup.Prompts, setup.Wrap(Pipeline), new DdpoServices
        {
            Tracker = Tracker,
            Progress = Progress,
            ImageSamplesHook = setup.Hook,
            Checkpoints = setup.Checkpoints is null ? null : new CheckpointStore(setup.Checkpoints, setup.Config.NumCheckpointLimit),
        });
    }

    public DefaultDdpoStableDiffusionPipeline Pipeline { get; }

    public DdpoTrainer Trainer { get; }

    public MemoryTracker Tracker { get; } = new();

    public RecordingProgress Progress { get; } = new();

    /// <summary>Everything logged, to the last bit.</summary>
    public IReadOnlyList<string> Metrics =>
    [
        .. Tracker.Records.Select(record => string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Step} {record.Kind} {string.Join(" ", record.Values.Select(pair => $"{pair.Key}={Describe(pair.Value)}"))}")),
    ];

    public static float[] Redness(Tensor images, IReadOnlyList<string> prompts, IReadOnlyList<object?> metadata) =>
        (images.select(1, 0).mean([1, 2]) - images.select(1, 2).mean([1, 2])).data<float>().ToArray();

    public void Train(CancellationToken cancellation = default) => Trainer.TrainAsync(cancellation).GetAwaiter().GetResult();

    /// <summary>All trained numbers, one after the other.</summary>
    public float[] Weights()
    {
        using var scope = NewDisposeScope();
        return cat([.. Pipeline.TrainableParameters.Select(pair => pair.Value.detach().flatten())]).data<float>().ToArray();
    }

    public void Dispose()
    {
        Trainer.Dispose();
        Pipeline.Dispose();
    }

    private static string Describe(RunValue value) => value.Kind switch
    {
        RunValueKind.Numbers => string.Join(",", value.Numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))),
        RunValueKind.Text => value.Text,
        _ => value.Number.ToString("R", CultureInfo.InvariantCulture),
    };
}
