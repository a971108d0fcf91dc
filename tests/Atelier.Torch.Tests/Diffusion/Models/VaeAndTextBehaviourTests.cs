using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Models;

public class VaeAndTextBehaviourTests
{
    [Fact]
    public void Vae_refuses_other_shapes_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var vae = ComponentLoader.LoadVae(GoldenFolder.At("tiny-sd1", "vae"), Placement.Cpu);
        Assert.StartsWith("Expected [?, 3, ?, ?], got [1, 4, 8, 8].", Assert.Throws<ArgumentException>(() => vae.Encode(zeros(1, 4, 8, 8))).Message);
        Assert.StartsWith("Height and width must be multiples of 4, got [1, 3, 8, 6].", Assert.Throws<ArgumentException>(() => vae.Encode(zeros(1, 3, 8, 6))).Message);
        Assert.StartsWith("Expected [?, 4, ?, ?], got [4, 8, 8].", Assert.Throws<ArgumentException>(() => vae.Decode(zeros(4, 8, 8))).Message);
    }

    [Fact]
    public void Vae_scales_every_size_by_its_factor_in_half_precision_too()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var vae = ComponentLoader.LoadVae(GoldenFolder.At("tiny-sd1", "vae"), Placement.Cpu);
        using var half = ComponentLoader.LoadVae(GoldenFolder.At("tiny-sd1", "vae"), Placement.Cpu with { ElementType = ScalarType.BFloat16 });
        using var generator = new Generator(7);
        var latents = randn([1, 4, 3, 5], generator: generator);
        var images = vae.Decode(latents);
        Assert.Equal([1, 3, 12, 20], images.shape);
        Assert.Equal([1, 4, 3, 5], vae.Encode(images).Mean.shape);
        TensorAssert.CloseToLargest(images, half.Decode(latents.to(ScalarType.BFloat16)).to(ScalarType.Float32), Tolerance.BFloat16Network, "decoded");
    }

    [Fact]
    public void Latents_are_drawn_as_mean_plus_deviation_times_noise()
    {
        using var scope = NewDisposeScope();
        var distribution = new LatentDistribution(full([1, 1, 1, 2], 3), tensor(new[] { 0f, (float)Math.Log(4) }, [1, 1, 1, 2]));
        var sample = distribution.Sample(tensor(new[] { 0.5f, -2 }, [1, 1, 1, 2]));
        TensorAssert.Close(tensor(new[] { 3.5f, -1 }, [1, 1, 1, 2]), sample, 1e-6, "sample");
        Assert.Throws<ArgumentException>(() => distribution.Sample(zeros(1, 1, 1, 1)));
    }

    [Fact]
    public void Text_encoder_refuses_what_is_too_long_or_misshapen()
    {
        using var scope = NewDisposeScope();
        using var encoder = ComponentLoader.LoadTextEncoder(GoldenFolder.At("tiny-sd1", "text_encoder"), Placement.Cpu);
        Assert.StartsWith("The text encoder takes at most 77 tokens, got 78.", Assert.Throws<ArgumentException>(() => encoder.Encode(zeros(1, 78, dtype: ScalarType.Int64))).Message);
        Assert.StartsWith("Expected [?, ?], got [77].", Assert.Throws<ArgumentException>(() => encoder.call(zeros(77, dtype: ScalarType.Int64))).Message);
    }

    [Fact]
    public void Text_encoder_is_causal()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var encoder = ComponentLoader.LoadTextEncoder(GoldenFolder.At("tiny-sd1", "text_encoder"), Placement.Cpu);
        var first = encoder.call(tensor(new long[] { 573, 5, 6, 7, 574 }, [1, 5]));
        var second = encoder.call(tensor(new long[] { 573, 5, 6, 300, 2 }, [1, 5]));
        TensorAssert.CloseToLargest(first.slice(1, 0, 3, 1), second.slice(1, 0, 3, 1), Tolerance.NetworkOutput, "prefix");
        Assert.False(first.slice(1, 3, 4, 1).eq(second.slice(1, 3, 4, 1)).all().item<bool>());
    }

    // The first published configs say eos_token_id 2; there the end token is the one with the highest number.
    [Fact]
    public void Pooled_vector_is_the_first_end_tokens()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var encoder = ComponentLoader.LoadTextEncoder(GoldenFolder.At("tiny-sd1", "text_encoder"), Placement.Cpu);
        var output = encoder.Encode(tensor(new long[] { 573, 5, 574, 574, 573, 574, 574, 574 }, [2, 4]));
        TensorAssert.Close(output.LastHiddenState[0, 2], output.Pooled[0], 0, "first");
        TensorAssert.Close(output.LastHiddenState[1, 1], output.Pooled[1], 0, "second");
    }
}
