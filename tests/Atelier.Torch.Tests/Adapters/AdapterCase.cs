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

    public AdapterCase(ScalarType elementType = ScalarType.Float32) =>
        Unet = ComponentLoader.LoadUnet(GoldenFolder.At("tiny-sd1", "unet"), new Placement(CPU, elementType));

    public UNet2DConditionModel Unet { get; }

    public static string FileOf(string style) => GoldenFolder.At("lora-formats", style);

    /// <summary>A network like the tiny UNet for wider text embeddings, with no weights in particular.</summary>
    public static UNet2DConditionModel WiderUnet() =>
        new(UNet2DConditionConfig.Read(GoldenFolder.At("tiny-sd1", "unet", "config.json")) with { CrossAttentionDim = [48] }, Placement.Cpu);

    public Tensor Expected(string name) => _golden[name];

    /// <summary>Attaches adapters that change the output: B is random too.</summary>
    public LoraAdapters AttachRandom(LoraOptions options, int seed = 5)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator((ulong)seed);
        var adapters = LoraAdapters.Create(Unet, options, generator);
        foreach (var (_, adapter) in adapters.Adapters)
        {
            adapter.Up.copy_(randn(adapter.Up.shape, generator: generator).mul_(0.03));
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
