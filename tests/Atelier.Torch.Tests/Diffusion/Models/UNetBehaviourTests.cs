using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Models;

public class UNetBehaviourTests
{
    [Theory]
    [InlineData("tiny-sd1", 9, 7)]
    [InlineData("tiny-sd1", 5, 5)]
    [InlineData("tiny-sd1", 1, 1)]
    [InlineData("tiny-sd1", 3, 16)]
    [InlineData("tiny-sd2", 13, 6)]
    [InlineData("tiny-sd2", 2, 11)]
    public void Sizes_that_levels_cannot_halve_evenly_keep_their_shape(string model, long height, long width)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var unet = Load(model);
        var (latents, timesteps, condition) = Inputs(unet.Config, 2, height, width);

        var output = unet.call(latents, timesteps, condition);

        Assert.Equal([2, 4, height, width], output.shape);
        Assert.True(output.isfinite().all().item<bool>());
    }

    [Fact]
    public void Each_item_of_a_batch_is_what_it_is_alone()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var unet = Load("tiny-sd1");
        var (latents, timesteps, condition) = Inputs(unet.Config, 3, 9, 7);
        var together = unet.call(latents, timesteps, condition);
        for (var i = 0; i < 3; i++)
        {
            var alone = unet.call(latents.slice(0, i, i + 1, 1), timesteps.slice(0, i, i + 1, 1), condition.slice(0, i, i + 1, 1));
            TensorAssert.CloseToLargest(together.slice(0, i, i + 1, 1), alone, Tolerance.NetworkOutput, $"item {i}");
        }
    }

    [Theory]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Float32)]
    public void Timesteps_may_be_of_any_number_type(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var unet = Load("tiny-sd1");
        var (latents, timesteps, condition) = Inputs(unet.Config, 2, 4, 4);
        TensorAssert.Close(unet.call(latents, timesteps, condition), unet.call(latents, timesteps.to(type), condition), 0, $"{type}");
    }

    [Fact]
    public void Wrong_shapes_are_refused_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var unet = Load("tiny-sd1");
        var (latents, timesteps, condition) = Inputs(unet.Config, 2, 8, 8);

        Refused("latents", "Expected [?, 4, ?, ?], got [2, 3, 8, 8].", () => unet.call(zeros(2, 3, 8, 8), timesteps, condition));
        Refused("latents", "Expected [?, 4, ?, ?], got [4, 8, 8].", () => unet.call(zeros(4, 8, 8), timesteps, condition));
        Refused("timesteps", "Expected [2], got [1].", () => unet.call(latents, timesteps.slice(0, 0, 1, 1), condition));
        Refused("timesteps", "Expected [2], got [].", () => unet.call(latents, tensor(5L), condition));
        Refused("condition", "Expected [2, ?, 32], got [2, 5, 31].", () => unet.call(latents, timesteps, zeros(2, 5, 31)));
        Refused("condition", "Expected [2, ?, 32], got [1, 5, 32].", () => unet.call(latents, timesteps, condition.slice(0, 0, 1, 1)));
        Refused("condition", "Expected [2, ?, 32], got [2, 32].", () => unet.call(latents, timesteps, zeros(2, 32)));

        static void Refused(string name, string text, Func<object> act)
        {
            var exception = Assert.Throws<ArgumentException>(act);
            Assert.StartsWith(text, exception.Message);
            Assert.Contains(name, exception.ParamName, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tiny-sd1")]
    [InlineData("tiny-sd2")]
    public void Half_precision_is_close(string model)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var unet = Load(model);
        using var half = Load(model, ScalarType.BFloat16);
        var (latents, timesteps, condition) = Inputs(unet.Config, 2, 8, 8);

        var output = half.call(latents.to(ScalarType.BFloat16), timesteps, condition.to(ScalarType.BFloat16));

        Assert.Equal(ScalarType.BFloat16, output.dtype);
        TensorAssert.CloseToLargest(unet.call(latents, timesteps, condition), output.to(ScalarType.Float32), Tolerance.BFloat16Network, model);
    }

    [Fact]
    public void Upcast_attention_changes_half_precision_only()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var single = WithUpcast(false, ScalarType.Float32);
        using var upcastSingle = WithUpcast(true, ScalarType.Float32);
        using var half = WithUpcast(false, ScalarType.BFloat16);
        using var upcastHalf = WithUpcast(true, ScalarType.BFloat16);
        var (latents, timesteps, condition) = Inputs(single.Config, 2, 8, 8);
        var (halfLatents, halfCondition) = (latents.to(ScalarType.BFloat16), condition.to(ScalarType.BFloat16));

        TensorAssert.Close(single.call(latents, timesteps, condition), upcastSingle.call(latents, timesteps, condition), 0, "single precision");
        var (plain, upcast) = (half.call(halfLatents, timesteps, halfCondition), upcastHalf.call(halfLatents, timesteps, halfCondition));
        Assert.Equal(ScalarType.BFloat16, upcast.dtype);
        Assert.False(plain.eq(upcast).all().item<bool>());
        TensorAssert.CloseToLargest(single.call(latents, timesteps, condition), upcast.to(ScalarType.Float32), Tolerance.BFloat16Network, "upcast");
    }

    [Fact]
    public void Gradients_reach_the_latents_the_condition_and_every_weight()
    {
        using var scope = NewDisposeScope();
        using var unet = Load("tiny-sd1");
        foreach (var parameter in unet.parameters())
        {
            parameter.requires_grad = true;
        }

        var (latents, timesteps, condition) = Inputs(unet.Config, 2, 9, 7);
        (latents.requires_grad, condition.requires_grad) = (true, true);

        unet.call(latents, timesteps, condition).square().mean().backward();

        foreach (var (name, value) in unet.named_parameters().Select(pair => (pair.name, (Tensor)pair.parameter)).Append(("latents", latents)).Append(("condition", condition)))
        {
            Assert.True(value.grad is { } gradient && gradient.isfinite().all().item<bool>() && gradient.abs().max().item<float>() > 0, name);
        }
    }

    // The in-place operations of a pass without gradients must not change its result, nor its inputs.
    [Fact]
    public void Passes_with_and_without_gradients_agree_and_leave_their_inputs_alone()
    {
        using var scope = NewDisposeScope();
        using var unet = Load("tiny-sd2");
        var (latents, timesteps, condition) = Inputs(unet.Config, 2, 6, 5);
        var (latentsBefore, conditionBefore) = (latents.clone(), condition.clone());

        var recorded = unet.call(latents.alias().requires_grad_(true), timesteps, condition);
        using (no_grad())
        {
            TensorAssert.CloseToLargest(recorded.detach(), unet.call(latents, timesteps, condition), Tolerance.NetworkOutput, "without gradients");
        }

        TensorAssert.Close(latentsBefore, latents, 0, "latents");
        TensorAssert.Close(conditionBefore, condition, 0, "condition");
    }

    private static UNet2DConditionModel WithUpcast(bool upcasts, ScalarType type)
    {
        var config = UNet2DConditionConfig.Read(GoldenFolder.At("tiny-sd2", "unet", "config.json")) with { UpcastAttention = upcasts };
        var unet = new UNet2DConditionModel(config, Placement.Cpu with { ElementType = type });
        using var file = SafetensorsFile.Open(GoldenFolder.At("tiny-sd2", "unet", "diffusion_pytorch_model.safetensors"));
        WeightLoader.Load(unet, file);
        return unet;
    }

    private static UNet2DConditionModel Load(string model, ScalarType type = ScalarType.Float32) => ComponentLoader.LoadUnet(GoldenFolder.At(model, "unet"), Placement.Cpu with { ElementType = type });

    private static (Tensor Latents, Tensor Timesteps, Tensor Condition) Inputs(UNet2DConditionConfig config, long batch, long height, long width)
    {
        using var generator = new Generator(7);
        var latents = randn([batch, config.InChannels, height, width], generator: generator);
        var condition = randn([batch, 5, config.CrossAttentionDim[0]], generator: generator);
        return (latents, tensor(Enumerable.Range(1, (int)batch).Select(i => 300L * i).ToArray()), condition);
    }
}
