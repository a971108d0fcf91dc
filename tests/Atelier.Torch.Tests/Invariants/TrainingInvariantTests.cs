using Atelier.Tests.Parity;
using Atelier.Tests.Training;
using Atelier.Tracking;
using Atelier.Training.Ddpo;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Invariants;

/// <summary>Runs that must be equal although they differ in how the work is cut.</summary>
public class TrainingInvariantTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_rerun_is_bit_identical(bool useLora)
    {
        using var first = new CheckpointFolder();
        using var second = new CheckpointFolder();
        var metrics = Run(new TinyRunSetup { UseLora = useLora, Checkpoints = first.Root });
        Assert.Equal(metrics, Run(new TinyRunSetup { UseLora = useLora, Checkpoints = second.Root }));
        Assert.Equal(first.Content(2), second.Content(2));
    }

    [Fact]
    public void Another_seed_is_another_run() =>
        Assert.NotEqual(Run(new TinyRunSetup()), Run(new TinyRunSetup { Config = TinyRunSetup.Usual with { Seed = 12 } }));

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public void A_resumed_run_is_bit_identical_to_an_uninterrupted_one(bool useLora, int epochsBefore)
    {
        using var first = new CheckpointFolder();
        using var second = new CheckpointFolder();
        var config = TinyRunSetup.Usual with { NumEpochs = epochsBefore + 1 };
        var whole = Run(new TinyRunSetup { UseLora = useLora, Config = config, Checkpoints = first.Root });

        using var resumed = new TinyRun(new TinyRunSetup { UseLora = useLora, Config = config, Checkpoints = second.Root });
        resumed.Trainer.Resume(first[epochsBefore]);
        Assert.Equal(epochsBefore, resumed.Trainer.EpochsDone);
        resumed.Train();

        Assert.Equal(config.NumEpochs, resumed.Trainer.EpochsDone);
        Assert.Equal(first.Content(config.NumEpochs), second.Content(config.NumEpochs));
        Assert.Equal(whole.TakeLast(resumed.Metrics.Count), resumed.Metrics);
    }

    [Fact]
    public void Sampling_in_other_batches_gives_the_same_images_and_log_probabilities()
    {
        using var scope = NewDisposeScope();
        var (wide, wideRewards) = Sample(4, 2);
        var (narrow, narrowRewards) = Sample(2, 4);
        TensorAssert.Close(wide.Images, narrow.Images, 1e-5, "images");
        TensorAssert.Close(wide.LogProbabilities, narrow.LogProbabilities, 2e-6, "log-probabilities");
        Assert.All(wideRewards.Zip(narrowRewards), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(2, 2, 1, 0)]
    [InlineData(1, 4, 1, 0)]
    [InlineData(2, 2, 0.7, 0)]
    [InlineData(4, 1, 1, 5)] // of 12 steps: 5, 5, 2
    [InlineData(1, 4, 1, 12)]
    [InlineData(2, 2, 0.7, 100)]
    public void Cutting_an_update_differently_gives_the_same_weights_and_metrics(int batch, int accumulation, double fraction, int micro)
    {
        // One epoch, no ratio near the clip range, no division by a vanishing gradient or spread: each turns a rounding difference into a visible one.
        var config = TinyRunSetup.Usual with
        {
            NumEpochs = 1,
            Sample = TinyRunSetup.Usual.Sample with { NumSteps = 3, BatchSize = 4, NumBatchesPerEpoch = 2 },
            Train = TinyRunSetup.Usual.Train with { ClipRange = 0.5, AdamEpsilon = 1e-3 },
        };
        using var whole = new TinyRun(new TinyRunSetup { Config = config with { Train = config.Train with { BatchSize = 4, TimestepFraction = fraction } } });
        using var cut = new TinyRun(new TinyRunSetup { Config = config with { Train = config.Train with { BatchSize = batch, GradientAccumulationSteps = accumulation, TimestepFraction = fraction, MicroBatchSize = micro } } });
        var start = whole.Weights();
        Assert.Equal(start, cut.Weights());
        whole.Train();
        cut.Train();

        Assert.Equal(whole.Trainer.GlobalStep, cut.Trainer.GlobalStep);
        var (expected, actual) = (Difference(whole.Weights(), start), Difference(cut.Weights(), start));
        var error = Norm(Difference(expected, actual)) / Norm(expected);
        Assert.True(error < 1e-2, $"the updates differ by {error:g3}");
        Assert.All(Updates(whole).Zip(Updates(cut)), pair => Assert.Equal(pair.First["loss"].Number, pair.Second["loss"].Number, 1e-5));
        Assert.All(Updates(whole).Zip(Updates(cut)), pair => Assert.Equal(pair.First["clipfrac"].Number, pair.Second["clipfrac"].Number));
        Assert.All(cut.Progress.Stages.Where(stage => stage.Name == "training"), stage => Assert.Equal(stage.Total, stage.Count));

        static IEnumerable<RunRecord> Updates(TinyRun run) => run.Tracker.Records.Where(record => record.Kind == "update");
    }

    private static IReadOnlyList<string> Run(TinyRunSetup setup)
    {
        using var run = new TinyRun(setup);
        run.Train();
        return run.Metrics;
    }

    private static (DdpoPipelineOutput Output, IReadOnlyList<double> Rewards) Sample(int batchSize, int batchCount)
    {
        RecordingPipeline recording = null!;
        using var run = new TinyRun(new TinyRunSetup
        {
            Config = TinyRunSetup.Usual with { NumEpochs = 1, Sample = TinyRunSetup.Usual.Sample with { GuidanceScale = 3, BatchSize = batchSize, NumBatchesPerEpoch = batchCount } },
            Wrap = pipeline => recording = new RecordingPipeline(pipeline),
        });
        run.Train();
        var output = new DdpoPipelineOutput(
            cat([.. recording.Batches.Select(batch => batch.Images)]), cat([.. recording.Batches.Select(batch => batch.Latents)]), cat([.. recording.Batches.Select(batch => batch.LogProbabilities)]));
        recording.Dispose();
        return (output, run.Tracker.Records.First(record => record.Kind == "rewards")["reward"].Numbers);
    }

    private static float[] Difference(float[] left, float[] right) => [.. left.Zip(right, (a, b) => a - b)];

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
