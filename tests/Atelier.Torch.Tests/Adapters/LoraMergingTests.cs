using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Adapters;

public sealed class LoraMergingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Merged_network_acts_as_the_adapted_one_and_leaves_it_as_it_was()
    {
        using var test = new AdapterCase();
        test.Apply(AdapterCase.FileOf("kohya"));
        using var before = test.Predict();
        LoraMerging.Write(_folder.At("merged.safetensors"), test.Unet);
        using var after = test.Predict();
        Assert.Equal(before.data<float>().ToArray(), after.data<float>().ToArray());

        using var merged = new AdapterCase();
        using (var source = SafetensorsFile.Open(_folder.At("merged.safetensors")))
        {
            WeightLoader.Load(merged.Unet, source);
        }

        TensorAssert.CloseToLargest(test.Expected("out.scale1"), merged.Predict(), Tolerance.NetworkOutput, "merged");
    }

    [Fact]
    public void Merged_weights_have_the_names_types_and_values_of_the_file()
    {
        using var test = new AdapterCase();
        using var scope = NewDisposeScope();
        test.AttachRandom(new LoraOptions { Rank = 2, Alpha = 3 }).SetScale(0.5);
        LoraMerging.Write(_folder.At("merged.safetensors"), test.Unet, ScalarType.Float16);
        using var source = SafetensorsFile.Open(_folder.At("merged.safetensors"));
        var merged = LoraMerging.MergedWeights(test.Unet).ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal);
        Assert.Equal(source.Entries.Keys.Order(StringComparer.Ordinal), merged.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("pt", source.Metadata["format"]);
        foreach (var (name, weight) in merged)
        {
            Assert.Equal(ScalarType.Float32, weight.dtype);
            Assert.False(weight.requires_grad);
            Assert.True(weight.to(ScalarType.Float16).equal(TensorStorage.Read(source, name)).all().item<bool>(), name);
        }
    }

    [Fact]
    public void Adapted_network_is_written_and_loaded_without_its_adapters()
    {
        using var test = new AdapterCase();
        using var bare = new AdapterCase();
        test.AttachRandom(new LoraOptions { Targets = [LoraOptions.AllTarget] });
        WeightWriter.Write(_folder.At("own.safetensors"), test.Unet);
        using var source = SafetensorsFile.Open(_folder.At("own.safetensors"));
        Assert.Equal(bare.Unet.named_parameters().Select(pair => pair.name).Order(StringComparer.Ordinal), source.Entries.Keys.Order(StringComparer.Ordinal));
        WeightLoader.Load(test.Unet, source);
        WeightLoader.Load(bare.Unet, source);
        TensorAssert.CloseToLargest(test.Expected("out.base"), bare.Predict(), Tolerance.NetworkOutput, "base");
    }

    [Fact]
    public void Half_precision_weights_are_merged_in_single_precision()
    {
        using var test = new AdapterCase(elementType: ScalarType.Float16);
        using var scope = NewDisposeScope();
        test.AttachRandom(new LoraOptions { Rank = 2 });
        var merged = LoraMerging.MergedWeights(test.Unet).ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal);
        Assert.All(merged.Values, weight => Assert.Equal(ScalarType.Float16, weight.dtype));
        var (name, layer) = LoraAdapters.AdaptableLayers(test.Unet).First(pair => pair.Layer.Adapter is not null);
        var expected = layer.Weight.to(ScalarType.Float32) + layer.Adapter!.ComputeUpdate();
        Assert.True(expected.to(ScalarType.Float16).equal(merged[$"{name}.weight"]).all().item<bool>());
    }
}
