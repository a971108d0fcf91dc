using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Pipelines;
using Atelier.Tests.Shared;
using Atelier.Tests.Training;
using Atelier.Training.Rollouts;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Leaks;

public class TrainingLeakTests
{
    [Theory]
    [InlineData(true, LoraComputation.Folded)]
    [InlineData(true, LoraComputation.SideBranch)]
    [InlineData(false, LoraComputation.Automatic)]
    public void Every_epoch_has_as_many_live_tensors_as_the_one_before(bool useLora, LoraComputation computation)
    {
        var live = new List<long>();
        using var run = new TinyRun(new TinyRunSetup
        {
            UseLora = useLora,
            Computation = computation,
            Config = TinyRunSetup.Usual with { NumEpochs = 4 },
            Hook = (_, _, _) => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount), // on the trainer's own thread
        });
        run.Train();
        Assert.Equal(4, live.Count);
        Assert.Equal(live[1], live[2]);
        Assert.Equal(live[1], live[3]);
    }

    [Fact]
    public void Prompt_encoder()
    {
        using var components = StableDiffusionComponents.Load(GoldenFolder.At("tiny-sd1"), Atelier.Diffusion.Tensors.Placement.Cpu);
        using var encoder = new PromptEncoder(components.Tokenizer, components.TextEncoder);
        LeakAssert.LeavesOnly(1, () => [encoder.Encode(["a", "b", "a"])]);
        var number = 0;
        LeakAssert.LeavesNothing(() => encoder.Rows([$"new {number++}"])); // the table grows in one tensor
    }

    [Fact]
    public void Rollout_owns_its_tensors() => LeakAssert.LeavesNothing(() =>
    {
        using var rollout = new Rollout
        {
            Latents = zeros([2, 3, 4, 2, 2]).DetachFromDisposeScope(),
            LogProbabilities = zeros([2, 2]).DetachFromDisposeScope(),
            NegativePrompts = ["", ""],
            Batches = [new SampleBatch(zeros([2, 3, 8, 8]).DetachFromDisposeScope(), ["a", "b"], [null, null], [1, 2], null, [3, 4])],
        };
        Assert.Equal(["a", "b"], rollout.Prompts);
        Assert.Equal([1f, 2f], rollout.Rewards);
    });

    [Fact]
    public void A_pipeline_loaded_for_training_is_gone_when_disposed() => LeakAssert.LeavesNothing(() =>
    {
        using var run = new TinyRun();
        run.Pipeline.PrepareUpdate();
        run.Pipeline.PrepareRollout();
    });
}
