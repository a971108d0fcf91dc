using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Diffusion;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Leaks;

/// <summary>Rule L8: every public operation leaves its results and nothing else.</summary>
public sealed class DiffusionLeakTests : IDisposable
{
    private readonly DisposeScopeOwner _inputs = new();

    public static TheoryData<bool> Gradients => [false, true];

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void A_leak_is_seen()
    {
        var input = _inputs.Keep(ones(2));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => LeakAssert.LeavesOnly(1, () =>
        {
            _ = _inputs.Keep(input + 1);
            return [input + 2];
        }));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => LeakAssert.LeavesOnly(1, () => [_inputs.Keep(input + 1)]));
    }

    [Fact]
    public void Sinusoids()
    {
        var timesteps = _inputs.Keep(arange(3, dtype: ScalarType.Int64));
        LeakAssert.LeavesOnly(1, () => [TimestepEmbedding.Sinusoids(timesteps, 8, cosineFirst: true, 0)]);
    }

    [Theory]
    [InlineData(5, false, ScalarType.Float32, false)]
    [InlineData(600, false, ScalarType.Float32, false)]
    [InlineData(5, true, ScalarType.Float32, false)]
    [InlineData(5, false, ScalarType.BFloat16, true)]
    public void Attention(long keys, bool isCausal, ScalarType type, bool upcasts)
    {
        var (query, key) = (_inputs.Keep(randn([1, 2, 5, 4], dtype: type)), _inputs.Keep(randn([1, 2, keys, 4], dtype: type)));
        LeakAssert.LeavesOnly(1, () => [AttentionKernel.Attend(query, key, key, isCausal, upcasts)]);
    }

    [Theory]
    [InlineData("tiny-sd1", 8, 8, false)]
    [InlineData("tiny-sd1", 9, 7, false)]
    [InlineData("tiny-sd1", 9, 7, true)]
    [InlineData("tiny-sd2", 8, 8, false)]
    [InlineData("tiny-sd2", 8, 8, true)]
    public void Unet(string model, long height, long width, bool records)
    {
        using var unet = ComponentLoader.LoadUnet(GoldenFolder.At(model, "unet"), Placement.Cpu);
        foreach (var parameter in unet.parameters())
        {
            parameter.requires_grad = records;
        }

        var (latents, timesteps, condition) = (_inputs.Keep(randn(2, 4, height, width)), _inputs.Keep(arange(2, dtype: ScalarType.Int64)), _inputs.Keep(randn(2, 5, 32)));
        LeakAssert.LeavesOnly(1, () =>
        {
            using var _ = set_grad_enabled(records);
            return [unet.call(latents, timesteps, condition)];
        });
    }

    [Fact]
    public void Unet_that_refuses_its_input()
    {
        using var unet = ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd1", "unet"), Placement.Cpu);
        var (latents, timesteps) = (_inputs.Keep(randn(2, 3, 8, 8)), _inputs.Keep(arange(2, dtype: ScalarType.Int64)));
        LeakAssert.LeavesNothing(() => Assert.Throws<ArgumentException>(() => unet.call(latents, timesteps, latents)));
    }

    [Theory]
    [MemberData(nameof(Gradients))]
    public void Vae(bool records)
    {
        using var vae = ComponentLoader.LoadVae(GoldenFolder.At("tiny-sd1", "vae"), Placement.Cpu);
        foreach (var parameter in vae.parameters())
        {
            parameter.requires_grad = records;
        }

        var (images, latents) = (_inputs.Keep(randn(1, 3, 16, 8)), _inputs.Keep(randn(1, 4, 4, 2)));
        LeakAssert.LeavesOnly(1, () =>
        {
            using var _ = set_grad_enabled(records);
            return [vae.Decode(latents)];
        });
        LeakAssert.LeavesOnly(2, () =>
        {
            using var _ = set_grad_enabled(records);
            var distribution = vae.Encode(images);
            return [distribution.Mean, distribution.LogVariance];
        });
    }

    [Fact]
    public void Latent_distribution()
    {
        var distribution = new LatentDistribution(_inputs.Keep(zeros(1, 4, 2, 2)), _inputs.Keep(zeros(1, 4, 2, 2)));
        var noise = _inputs.Keep(randn(1, 4, 2, 2));
        LeakAssert.LeavesOnly(1, () => [distribution.Sample(noise)]);
    }

    [Theory]
    [InlineData("tiny-sd1")]
    [InlineData("tiny-sd2")]
    public void Text_encoder(string model)
    {
        using var encoder = ComponentLoader.LoadTextEncoder(GoldenFolder.At(model, "text_encoder"), Placement.Cpu);
        var tokens = _inputs.Keep(arange(10, dtype: ScalarType.Int64).reshape(2, 5));
        LeakAssert.LeavesOnly(1, () => [encoder.call(tokens)]);
        LeakAssert.LeavesOnly(3, () =>
        {
            var output = encoder.Encode(tokens);
            return [output.LastHiddenState, output.Penultimate, output.Pooled];
        });
    }

    [Theory]
    [InlineData(PredictionKind.Epsilon, false, false)]
    [InlineData(PredictionKind.Velocity, true, false)]
    [InlineData(PredictionKind.Sample, false, true)]
    public void Step_sample_and_log_probability(PredictionKind kind, bool clips, bool thresholds)
    {
        var config = new DdimConfig { Prediction = kind, ClipSample = clips, Thresholding = thresholds };
        using var scheduler = new DdimScheduler(config, 10, 1);
        var (latents, prediction) = (_inputs.Keep(randn(2, 4, 4, 4)), _inputs.Keep(randn(2, 4, 4, 4).requires_grad_(true)));
        using var scope = NewDisposeScope();
        var coefficients = scheduler.At(3);
        LeakAssert.LeavesOnly(1, () => [Ddim.Step(config, coefficients, latents, prediction).Mean]);
        var step = Ddim.Step(config, coefficients, latents, prediction);
        LeakAssert.LeavesOnly(1, () => [step.Sample(latents)]);
        LeakAssert.LeavesOnly(1, () => [step.LogProbability(latents)]);
    }

    [Fact]
    public void Scheduler_made_used_and_disposed()
    {
        var steps = _inputs.Keep(arange(3, dtype: ScalarType.Int64));
        LeakAssert.LeavesNothing(() => new DdimScheduler(new DdimConfig { RescaleBetasZeroSnr = true }, 10, 1).Dispose());
        LeakAssert.LeavesNothing(() => NoiseSchedule.From(new DdimConfig { BetaSchedule = "squaredcos_cap_v2" }));
        using var scheduler = new DdimScheduler(new DdimConfig(), 10, 1);
        LeakAssert.LeavesOnly(6, () => All(scheduler.At(3)));
        LeakAssert.LeavesOnly(6, () => All(scheduler.At(steps)));

        static IEnumerable<Tensor> All(StepCoefficients step) => [step.Signal, step.Noise, step.NextSignal, step.Direction, step.Sigma, step.LogSigma];
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Loaders(ScalarType type)
    {
        var placement = Placement.Cpu with { ElementType = type };
        LeakAssert.LeavesNothing(() => ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd1", "unet"), placement).Dispose());
        LeakAssert.LeavesNothing(() => ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd2", "unet"), placement).Dispose());
        LeakAssert.LeavesNothing(() => ComponentLoader.LoadVae(GoldenFolder.At("tiny-sd1", "vae"), placement).Dispose());
        LeakAssert.LeavesNothing(() => ComponentLoader.LoadTextEncoder(GoldenFolder.At("tiny-sd1", "text_encoder"), placement).Dispose());
    }

    [Fact]
    public void Networks_survive_the_scope_in_which_they_are_made()
    {
        UNet2DConditionModel unet;
        using (NewDisposeScope())
        {
            unet = ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd1", "unet"), Placement.Cpu);
        }

        using (unet)
        {
            Assert.All(unet.parameters(), parameter => Assert.False(parameter.IsInvalid));
        }
    }

    [Fact]
    public void Loader_that_fails()
    {
        using var folder = new ScratchFolder();
        folder.Component(GoldenFolder.At("tiny-sd1", "unet", "config.json"));
        SafetensorsWriter.Write(folder.At("diffusion_pytorch_model.safetensors"), []);
        LeakAssert.LeavesNothing(() => Assert.Throws<WeightMismatchException>(() => ComponentLoader.LoadUnet(folder.Root, Placement.Cpu)));
        File.Delete(folder.At("diffusion_pytorch_model.safetensors"));
        LeakAssert.LeavesNothing(() => Assert.Throws<FileNotFoundException>(() => ComponentLoader.LoadUnet(folder.Root, Placement.Cpu)));
    }

    [Fact]
    public void Storage_and_writer()
    {
        using var folder = new ScratchFolder();
        using var file = SafetensorsFile.Open(GoldenFolder.At("tiny-sd1", "vae", "diffusion_pytorch_model.safetensors"));
        using var vae = ComponentLoader.LoadVae(GoldenFolder.At("tiny-sd1", "vae"), Placement.Cpu);
        var half = _inputs.Keep(zeros(file.Entries["quant_conv.bias"].Shape.ToArray(), dtype: ScalarType.BFloat16));
        LeakAssert.LeavesOnly(1, () => [TensorStorage.Read(file, "quant_conv.bias")]);
        LeakAssert.LeavesNothing(() => TensorStorage.ReadInto(file, file.Entries["quant_conv.bias"], half));
        LeakAssert.LeavesNothing(() => WeightLoader.Load(vae, file));
        LeakAssert.LeavesNothing(() => WeightWriter.Write(folder.At("copy.safetensors"), vae));
        LeakAssert.LeavesNothing(() => WeightWriter.Write(folder.At("copy.safetensors"), vae, ScalarType.Float16));
    }

    /// <summary>Owns the tensors that a test passes in, whatever scope is open.</summary>
    private sealed class DisposeScopeOwner : IDisposable
    {
        private readonly List<Tensor> _tensors = [];

        public Tensor Keep(Tensor tensor)
        {
            _tensors.Add(tensor.DetachFromDisposeScope());
            return tensor;
        }

        public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());
    }
}
