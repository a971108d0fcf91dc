using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Invariants;

public class ActivationCheckpointTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recomputing_activations_changes_no_gradient(bool usesLora)
    {
        using var scope = NewDisposeScope();
        using var unet = ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd1", "unet"), Placement.Cpu);
        var parameters = Prepare(unet, usesLora);
        var (plain, plainOutput) = Gradients(unet, parameters);
        unet.RecomputesActivations = true;
        var (recomputed, output) = Gradients(unet, parameters);
        TensorAssert.CloseToLargest(plainOutput, output, Tolerance.NetworkOutput, "output");
        for (var i = 0; i < parameters.Count; i++)
        {
            TensorAssert.CloseToLargest(plain[i], recomputed[i], Tolerance.FirstGradient, parameters[i].Name);
        }
    }

    [Fact]
    public void Recomputing_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        using var unet = ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd1", "unet"), Placement.Cpu);
        unet.RecomputesActivations = true;
        var parameters = Prepare(unet, usesLora: true);
        Step(unet, parameters);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step(unet, parameters);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Step(UNet2DConditionModel unet, IReadOnlyList<(string Name, Parameter Value)> parameters)
    {
        using var scope = NewDisposeScope();
        Gradients(unet, parameters);
    }

    private static IReadOnlyList<(string Name, Parameter Value)> Prepare(UNet2DConditionModel unet, bool usesLora)
    {
        if (!usesLora)
        {
            foreach (var parameter in unet.parameters())
            {
                parameter.requires_grad = true;
            }

            return [.. unet.named_parameters()];
        }

        using var generator = new Generator(1);
        var adapters = LoraAdapters.Create(unet, new LoraOptions(), generator);
        foreach (var (_, adapter) in adapters.Adapters)
        {
            using var _ = no_grad();
            adapter.Up.fill_(0.01);
        }

        return adapters.Parameters;
    }

    private static (List<Tensor> Gradients, Tensor Output) Gradients(UNet2DConditionModel unet, IReadOnlyList<(string Name, Parameter Value)> parameters)
    {
        using var golden = GoldenTensors.At("components", "sd1-unet.safetensors");
        foreach (var (_, value) in parameters)
        {
            value.grad = null;
        }

        var output = unet.call(golden["sample"], golden["timestep"], golden["encoder_hidden_states"]);
        output.square().mean().backward();
        return ([.. parameters.Select(pair => pair.Value.grad!.clone())], output.detach());
    }
}
