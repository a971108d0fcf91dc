using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Adapters;

public sealed class LoraAdaptersTests : IDisposable
{
    private const double GradientTolerance = 1e-5; // relative error of the vector
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(LoraOptions.AttentionTarget, 4, 4)]
    [InlineData(LoraOptions.AllTarget, 3, 12)]
    [InlineData("conv1", 5, 2)]
    public void Folded_gradients_equal_the_side_branchs(string target, long rank, double alpha)
    {
        using var scope = NewDisposeScope();
        using var test = new AdapterCase();
        var adapters = test.AttachRandom(new LoraOptions { Rank = rank, Alpha = alpha, Targets = [target] });
        adapters.SetScale(0.75);
        var side = Gradient(test, adapters, LoraComputation.SideBranch);
        Assert.All(adapters.Adapters, pair => Assert.Null(pair.Adapter.FoldedWeight));
        var folded = Gradient(test, adapters, LoraComputation.Folded);
        Assert.All(adapters.Adapters, pair => Assert.NotNull(pair.Adapter.FoldedWeight));
        var automatic = Gradient(test, adapters, LoraComputation.Automatic);
        Assert.Equal(adapters.Parameters.Sum(pair => pair.Value.numel()), side.numel());
        Assert.InRange(RelativeError(side, folded), 0, GradientTolerance);
        Assert.InRange(RelativeError(side, automatic), 0, GradientTolerance);
    }

    [Fact]
    public void Gradients_of_several_passes_add_up()
    {
        using var scope = NewDisposeScope();
        using var test = new AdapterCase();
        var adapters = test.AttachRandom(new LoraOptions { Targets = ["to_q", "conv2"], Alpha = 6 });
        var once = Gradient(test, adapters, LoraComputation.Folded);
        var twice = Gradient(test, adapters, LoraComputation.Folded, passCount: 2);
        Assert.InRange(RelativeError(once * 2, twice), 0, GradientTolerance);
        var collectedTwice = Gradient(test, adapters, LoraComputation.Folded, passCount: 2, collectsEachPass: true);
        Assert.InRange(RelativeError(once * 2, collectedTwice), 0, GradientTolerance);
    }

    [Fact]
    public void Only_adapters_get_gradients()
    {
        using var scope = NewDisposeScope();
        using var test = new AdapterCase();
        var adapters = test.AttachRandom(new LoraOptions());
        Gradient(test, adapters, LoraComputation.Automatic);
        Assert.All(test.Unet.named_parameters(), pair => Assert.Equal(pair.name.Contains(".adapter.", StringComparison.Ordinal), pair.parameter.requires_grad));
    }

    [Fact]
    public void Fresh_adapters_change_nothing()
    {
        using var test = new AdapterCase();
        using var before = test.Predict();
        using var generator = new Generator(1);
        var adapters = LoraAdapters.Create(test.Unet, new LoraOptions { Targets = [LoraOptions.AllTarget] }, generator);
        using var side = test.Predict();
        adapters.PrepareInference();
        using var folded = test.Predict();
        Assert.Equal(before.data<float>().ToArray(), side.data<float>().ToArray());
        Assert.Equal(before.data<float>().ToArray(), folded.data<float>().ToArray());
    }

    [Fact]
    public void Fresh_adapters_start_as_pefts_gaussian_ones()
    {
        using var scope = NewDisposeScope();
        using var test = new AdapterCase();
        using var generator = new Generator(1);
        var adapters = LoraAdapters.Create(test.Unet, new LoraOptions { Rank = 8, Targets = [LoraOptions.AllTarget] }, generator);
        var down = cat([.. adapters.Adapters.Select(pair => pair.Adapter.Down.flatten())]);
        Assert.Equal(1.0 / 8, down.std().item<float>(), 0.002);
        Assert.All(adapters.Adapters, pair => Assert.Equal(0, pair.Adapter.Up.abs().max().item<float>()));
    }

    [Fact]
    public void Target_that_fits_nothing_is_named()
    {
        using var test = new AdapterCase();
        using var generator = new Generator(1);
        var exception = Assert.Throws<ArgumentException>(() => LoraAdapters.Create(test.Unet, new LoraOptions { Targets = ["to_q", "to_z"] }, generator));
        Assert.Contains("to_z", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("to_q", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LoraAdapters.AdaptableLayers(test.Unet), pair => pair.Layer.Adapter is not null);
    }

    [Theory]
    [InlineData(LoraComputation.SideBranch)]
    [InlineData(LoraComputation.Folded)]
    public void Training_steps_leave_no_tensor_behind(LoraComputation computation)
    {
        using var test = new AdapterCase();
        var adapters = test.AttachRandom(new LoraOptions { Targets = [LoraOptions.AllTarget] });
        AssertSteady(() =>
        {
            adapters.Computation = computation;
            adapters.PrepareTraining();
            using (var scope = NewDisposeScope())
            {
                test.Run().square().mean().backward();
            }

            adapters.CollectGradients();
            foreach (var (_, parameter) in adapters.Parameters)
            {
                parameter.grad = null;
            }

            adapters.PrepareInference();
            test.Predict().Dispose();
        });
    }

    [Fact]
    public void Reading_applying_writing_and_merging_leave_no_tensor_behind() => AssertSteady(() =>
    {
        using var test = new AdapterCase();
        var adapters = test.Apply(AdapterCase.FileOf("diffusers"));
        adapters.PrepareInference();
        LoraFile.WriteDiffusers(_folder.At("diffusers.safetensors"), adapters);
        LoraFile.WriteKohya(_folder.At("kohya.safetensors"), adapters);
        LoraMerging.Write(_folder.At("merged.safetensors"), test.Unet);
        foreach (var (_, weight) in LoraMerging.MergedWeights(test.Unet))
        {
            weight.Dispose();
        }
    });

    [Fact]
    public void Refused_file_leaves_no_tensor_behind()
    {
        using var network = AdapterCase.WiderUnet();
        AssertSteady(() => Assert.Throws<WeightMismatchException>(() =>
        {
            using var weights = LoraFile.Read(AdapterCase.FileOf("kohya"));
            weights.ApplyTo(network);
        }));
    }

    private static void AssertSteady(Action action)
    {
        action();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        action();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // All gradients as one vector.
    private static Tensor Gradient(AdapterCase test, LoraAdapters adapters, LoraComputation computation, int passCount = 1, bool collectsEachPass = false)
    {
        using var scope = NewDisposeScope();
        foreach (var (_, parameter) in adapters.Parameters)
        {
            parameter.grad = null;
        }

        adapters.Computation = computation;
        adapters.PrepareTraining();
        for (var pass = 0; pass < passCount; pass++)
        {
            (test.Run() * test.Expected("sample").sin()).sum().backward();
            if (collectsEachPass)
            {
                adapters.CollectGradients();
            }
        }

        adapters.CollectGradients();
        return cat([.. adapters.Parameters.Select(pair => pair.Value.grad!.flatten().clone())]).MoveToOuterDisposeScope();
    }

    private static double RelativeError(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        var (e, a) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        return ((e - a).norm() / e.norm()).item<double>();
    }
}
