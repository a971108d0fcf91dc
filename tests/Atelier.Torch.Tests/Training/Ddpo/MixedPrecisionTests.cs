using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tests.Parity;
using Atelier.Training.Checkpoints;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Ddpo;

/// <summary>Networks in 16 bits: what is trained stays in 32, and small gradients don't vanish.</summary>
public class MixedPrecisionTests
{
    [Theory]
    [InlineData(ScalarType.Float16, true, 0.01)]
    [InlineData(ScalarType.Float16, false, 0.01)]
    [InlineData(ScalarType.BFloat16, true, 0.1)]
    [InlineData(ScalarType.BFloat16, false, 0.1)]
    public void Gradients_are_those_of_single_precision(ScalarType type, bool useLora, double tolerance)
    {
        var single = FirstUpdate(ScalarType.Float32, useLora);
        var half = FirstUpdate(type, useLora);
        Assert.InRange(half.GradientNorm / single.GradientNorm, 1 - tolerance, 1 + tolerance);
        Assert.Equal(0, half.RatioDeviation, 1e-6);
    }

    [Fact]
    public void Full_fine_tuning_in_half_precision_trains_weights_in_single_precision()
    {
        using var run = new TinyRun(new TinyRunSetup { UseLora = false, ElementType = ScalarType.Float16 });
        using var scope = NewDisposeScope();
        var start = run.Weights();
        run.Train();
        Assert.All(run.Pipeline.TrainableParameters, pair => Assert.Equal(ScalarType.Float32, pair.Value.dtype));
        Assert.All(run.Pipeline.Pipeline.Components.Unet.parameters(), parameter => Assert.Equal(ScalarType.Float16, parameter.dtype));
        var end = run.Weights();
        Assert.All(end, value => Assert.True(float.IsFinite(value)));
        Assert.True(start.Zip(end).Count(pair => pair.First != pair.Second) > start.Length * 0.9);

        // An update of the learning rate's size is below the spacing of 16-bit numbers for most weights: only 32 bits can hold it.
        var rounded = tensor(end).to(ScalarType.Float16).to(ScalarType.Float32).data<float>().ToArray();
        Assert.True(end.Zip(rounded).Count(pair => pair.First != pair.Second) > end.Length / 2);
    }

    [Fact]
    public void What_half_precision_trained_is_written_in_single_precision_and_draws_the_same_pictures()
    {
        using var folder = new CheckpointFolder();
        using var run = new TinyRun(new TinyRunSetup { UseLora = false, ElementType = ScalarType.Float16 });
        using var scope = NewDisposeScope();
        run.Train();
        run.Trainer.SavePretrained(folder.Root);
        using var single = StableDiffusionComponents.Load(folder.Root, Placement.Cpu);
        var written = cat([.. single.Unet.parameters().Select(parameter => parameter.detach().flatten())]).data<float>().ToArray();
        Assert.Equal(run.Weights(), written);

        run.Pipeline.PrepareRollout();
        using var half = new StableDiffusionPipeline(StableDiffusionComponents.Load(folder.Root, Placement.Cpu with { ElementType = ScalarType.Float16 }));
        var request = new GenerationRequest { Prompts = ["a red circle"], Seeds = [3], StepCount = 2, Width = 16, Height = 16 };
        TensorAssert.Close(run.Pipeline.Pipeline.Generate(request), half.Generate(request), 0, "pictures");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_resumed_run_is_bit_identical(bool useLora)
    {
        using var checkpoints = new CheckpointFolder();
        var setup = new TinyRunSetup { UseLora = useLora, ElementType = ScalarType.Float16, Checkpoints = checkpoints.Root };
        using var whole = new TinyRun(setup with { Checkpoints = null });
        whole.Train();
        using (var first = new TinyRun(setup with { Config = setup.Config with { NumEpochs = 1 } }))
        {
            first.Train();
        }

        using var second = new TinyRun(setup);
        second.Trainer.Resume(checkpoints[1]);
        second.Train();
        Assert.Equal(whole.Weights(), second.Weights());
    }

    [Fact]
    public void An_update_that_overflows_is_computed_again_with_a_smaller_loss_scale()
    {
        using var checkpoints = new CheckpointFolder();
        var config = TinyRunSetup.Usual with { NumEpochs = 1 };
        using var usual = new TinyRun(new TinyRunSetup { UseLora = false, ElementType = ScalarType.Float16, Config = config });
        usual.Train();

        // A gradient of 65,504 and more is infinite in 16 bits; this one is a few thousand times that of the loss, and the scale starts at 65,536.
        using var steep = new TinyRun(new TinyRunSetup
        {
            UseLora = false,
            ElementType = ScalarType.Float16,
            Config = config with { Train = config.Train with { AdvClipMax = 1e6 } },
            Reward = new Atelier.Rewards.LambdaReward("redness", TinyRun.Redness),
            Checkpoints = checkpoints.Root,
            Wrap = pipeline => new ObservedPipeline(pipeline) { Replace = output => output with { LogProbabilities = Steepen(output.LogProbabilities) } },
        });
        steep.Train();
        Assert.InRange(CheckpointStore.ReadState(checkpoints[1]).LossScale, 1, 32768);
        Assert.Equal(usual.Trainer.GlobalStep, steep.Trainer.GlobalStep);
        Assert.All(steep.Weights(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Single_precision_does_not_scale_the_loss()
    {
        using var checkpoints = new CheckpointFolder();
        using var run = new TinyRun(new TinyRunSetup { Config = TinyRunSetup.Usual with { NumEpochs = 1 }, Checkpoints = checkpoints.Root });
        run.Train();
        Assert.Equal(1, CheckpointStore.ReadState(checkpoints[1]).LossScale);
    }

    [Fact]
    public void Adapters_of_a_network_in_half_precision_are_never_rounded_into_its_weights()
    {
        using var run = new TinyRun(new TinyRunSetup { ElementType = ScalarType.Float16 });
        run.Pipeline.PrepareRollout();
        Assert.All(run.Pipeline.Adapters!.Adapters, pair => Assert.Null(pair.Adapter.FoldedWeight));
        run.Pipeline.PrepareUpdate();
        Assert.All(run.Pipeline.Adapters!.Adapters, pair => Assert.Null(pair.Adapter.FoldedWeight));
    }

    // The same value, with a gradient that is many times larger.
    private static Tensor Steepen(Tensor values)
    {
        const double Factor = 1e4;
        return (values * Factor) - (values.detach() * (Factor - 1));
    }

    private static (double GradientNorm, double RatioDeviation) FirstUpdate(ScalarType type, bool useLora)
    {
        // The rewards are given, and the clip range is wide, so that only the gradient itself differs.
        var config = TinyRunSetup.Usual with { NumEpochs = 1, Train = TinyRunSetup.Usual.Train with { ClipRange = 0.9 } };
        var reward = new Atelier.Rewards.LambdaReward("given", (_, prompts, _) => [.. prompts.Select((prompt, i) => prompt.Length + i)]);
        using var run = new TinyRun(new TinyRunSetup { UseLora = useLora, ElementType = type, Config = config, Reward = reward });
        run.Train();
        return (First("update")["grad_norm"].Number, First("ratio_check")["ratio_deviation"].Number);

        Atelier.Tracking.RunRecord First(string kind) => run.Tracker.Records.First(record => record.Kind == kind);
    }
}
