using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Atelier.Tests.Adapters;

/// <summary>The tiny UNet that the golden LoRA files were made for, with their inputs.</summary>
internal sealed class AdapterCase : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly GoldenTensors _golden = GoldenTensors.At("lora-formats", "outputs.safetensors");

    public AdapterCase(string model = "tiny-sd1", ScalarType elementType = ScalarType.Float32) =>
        Unet = ComponentLoader.LoadUnet(GoldenFolder.At(model, "unet"), new Placement(CPU, elementType));

    public UNet2DConditionModel Unet { get; }

    public static string FileOf(string style) => GoldenFolder.At("lora-formats", style);

    public Tensor Expected(string name) => _golden[name];

    /// <summary>Gives every adapted layer random A and B of the same size as its weight would have.</summary>
    public LoraAdapters AttachRandom(LoraOptions options, int seed = 5)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator((ulong)seed);
        var adapters = LoraAdapters.Create(Unet, options, generator);
        foreach (var (_, adapter) in adapters.Adapters)
        {
            adapter.Up.copy_(randn(adapter.Up.shape, generator: generator).mul_(0.1));
        }

        return adapters;
    }

    public LoraAdapters Apply(string path)
    {
        using var weights = LoraFile.Read(path);
        return weights.ApplyTo(Unet);
    }

    /// <summary>The network's answer to the golden inputs, outside every graph.</summary>
    public Tensor Predict()
    {
        using var _ = no_grad();
        return Run();
    }

    /// <summary>The network's answer to the golden inputs.</summary>
    public Tensor Run()
    {
        using var scope = NewDisposeScope();
        return Unet.call(_golden["sample"], _golden["timestep"], _golden["encoder_hidden_states"]).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Unet.Dispose();
        _golden.Dispose();
        _scope.Dispose();
    }
}
