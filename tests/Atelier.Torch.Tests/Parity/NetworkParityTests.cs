using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

public class NetworkParityTests
{
    public static TheoryData<string> Unets => Cases("*-unet*.safetensors");

    public static TheoryData<string> Vaes => Cases("*-vae*.safetensors");

    public static TheoryData<string> TextEncoders => Cases("*-text*.safetensors");

    [Theory]
    [MemberData(nameof(Unets))]
    public void Unet_predicts_what_the_original_does(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var golden = GoldenTensors.At("components", name);
        using var unet = ComponentLoader.LoadUnet(GoldenFolder.At(ModelOf(name), "unet"), Placement.Cpu);
        var sample = golden["sample"];
        var timesteps = golden["timestep"].expand(sample.shape[0]);
        TensorAssert.CloseToLargest(golden["out"], unet.call(sample, timesteps, golden["encoder_hidden_states"]), Tolerance.NetworkOutput, name);
    }

    [Theory]
    [MemberData(nameof(Vaes))]
    public void Vae_encodes_and_decodes_as_the_original_does(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var golden = GoldenTensors.At("components", name);
        using var vae = ComponentLoader.LoadVae(GoldenFolder.At(ModelOf(name), "vae"), Placement.Cpu);
        var latent = vae.Encode(golden["image"]);
        TensorAssert.CloseToLargest(golden["mean"], latent.Mean, Tolerance.NetworkOutput, $"{name} mean");
        TensorAssert.CloseToLargest(golden["logvar"], latent.LogVariance, Tolerance.NetworkOutput, $"{name} logvar");
        TensorAssert.CloseToLargest(golden["decoded"], vae.Decode(golden["z"]), Tolerance.NetworkOutput, $"{name} decoded");
    }

    [Theory]
    [MemberData(nameof(TextEncoders))]
    public void Text_encoder_embeds_as_the_original_does(string name)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var golden = GoldenTensors.At("components", name);
        using var encoder = ComponentLoader.LoadTextEncoder(GoldenFolder.At(ModelOf(name), "text_encoder"), Placement.Cpu);
        var output = encoder.Encode(golden["input_ids"]);
        TensorAssert.CloseToLargest(golden["last_hidden_state"], output.LastHiddenState, Tolerance.NetworkOutput, $"{name} last_hidden_state");
        TensorAssert.CloseToLargest(golden["penultimate"], output.Penultimate, Tolerance.NetworkOutput, $"{name} penultimate");
        TensorAssert.CloseToLargest(golden["pooled"], output.Pooled, Tolerance.NetworkOutput, $"{name} pooled");
    }

    private static TheoryData<string> Cases(string pattern) => [.. GoldenFolder.Files("components", pattern).Select(path => Path.GetFileName(path)!)];

    private static string ModelOf(string name) => $"tiny-{name.Split('-')[0]}";
}
