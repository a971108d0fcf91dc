using System.Text.Json;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Parity;
using Xunit;

namespace Atelier.Tests.Adapters;

public sealed class LoraFileWriteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Diffusers_file_has_the_names_and_shapes_of_the_original()
    {
        using var test = new AdapterCase();
        LoraFile.WriteDiffusers(_folder.At("lora.safetensors"), test.Apply(AdapterCase.FileOf("diffusers")));
        using var expected = SafetensorsFile.Open(Path.Combine(AdapterCase.FileOf("diffusers"), "pytorch_lora_weights.safetensors"));
        using var actual = SafetensorsFile.Open(_folder.At("lora.safetensors"));
        Assert.Equal(Layout(expected), Layout(actual));
        Assert.Equal(expected.Metadata.Keys.Order(StringComparer.Ordinal), actual.Metadata.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("pt", actual.Metadata["format"]);
    }

    [Fact]
    public void Diffusers_metadata_has_keys_of_the_original_and_says_that_alpha_is_the_rank()
    {
        using var test = new AdapterCase();
        LoraFile.WriteDiffusers(_folder.At("lora.safetensors"), test.Apply(AdapterCase.FileOf("diffusers")));
        var (text, original) = (Metadata(_folder.At("lora.safetensors")), Metadata(Path.Combine(AdapterCase.FileOf("diffusers"), "pytorch_lora_weights.safetensors")));
        using var actual = JsonDocument.Parse(text);
        using var expected = JsonDocument.Parse(original);
        Assert.StartsWith("{\n  \"unet.alpha_pattern\": {},\n  \"unet.auto_mapping\": null,\n", text, StringComparison.Ordinal);
        var names = actual.RootElement.EnumerateObject().Select(entry => entry.Name).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        foreach (var entry in actual.RootElement.EnumerateObject())
        {
            var same = expected.RootElement.GetProperty(entry.Name);
            if (entry.Name is not ("unet.lora_alpha" or "unet.target_modules"))
            {
                Assert.Equal(same.GetRawText(), entry.Value.GetRawText());
            }
        }

        Assert.Equal(8, actual.RootElement.GetProperty("unet.lora_alpha").GetInt32());
        var targets = actual.RootElement.GetProperty("unet.target_modules").EnumerateArray().Select(entry => entry.GetString()!).ToList();
        Assert.Equal(LoraAdapters.AdaptableLayers(test.Unet).Where(pair => pair.Layer.Adapter is not null).Select(pair => pair.Name).Order(StringComparer.Ordinal), targets);
    }

    [Fact]
    public void Kohya_file_has_the_names_and_metadata_of_the_original()
    {
        using var test = new AdapterCase();
        LoraFile.WriteKohya(_folder.At("lora.safetensors"), test.Apply(AdapterCase.FileOf("kohya")));
        using var expected = SafetensorsFile.Open(Path.Combine(AdapterCase.FileOf("kohya"), "lora.safetensors"));
        using var actual = SafetensorsFile.Open(_folder.At("lora.safetensors"));
        Assert.Equal(Layout(expected), Layout(actual));
        Assert.Equal(expected.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal), actual.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        foreach (var entry in expected.Entries.Values)
        {
            Assert.Equal(expected.Bytes(entry), actual.Bytes(actual.Entries[entry.Name]));
        }
    }

    [Fact]
    public void Alpha_is_folded_so_that_readers_without_metadata_agree()
    {
        using var test = new AdapterCase();
        var adapters = test.AttachRandom(new LoraOptions { Rank = 3, Alpha = 12, Targets = [LoraOptions.AllTarget] });
        using var expected = test.Predict();
        LoraFile.WriteDiffusers(_folder.At("lora.safetensors"), adapters);
        using (var source = SafetensorsFile.Open(_folder.At("lora.safetensors")))
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            SafetensorsWriter.Write(_folder.At("bare.safetensors"), source.Entries.Keys.Select(name => TensorStorage.Describe(name, TensorStorage.Read(source, name))).ToList());
        }

        foreach (var name in (string[])["lora.safetensors", "bare.safetensors"])
        {
            using var copy = new AdapterCase();
            copy.Apply(_folder.At(name));
            TensorAssert.CloseToLargest(expected, copy.Predict(), Tolerance.NetworkOutput, name);
        }
    }

    [Fact]
    public void Ranks_that_differ_are_written_as_patterns()
    {
        using var test = new AdapterCase();
        WriteMixedRanks(test);
        using (var source = SafetensorsFile.Open(_folder.At("kohya.safetensors")))
        {
            Assert.Equal(("Dynamic", "Dynamic"), (source.Metadata["ss_network_dim"], source.Metadata["ss_network_alpha"]));
        }

        using var metadata = JsonDocument.Parse(Metadata(_folder.At("diffusers.safetensors")));
        Assert.Equal(2, metadata.RootElement.GetProperty("unet.r").GetInt32());
        Assert.Equal("""{"conv_in":1}""", JsonSerializer.Serialize(metadata.RootElement.GetProperty("unet.rank_pattern")));
        Assert.Equal("""{"conv_in":1}""", JsonSerializer.Serialize(metadata.RootElement.GetProperty("unet.alpha_pattern")));
        using var expected = test.Predict();
        foreach (var name in (string[])["diffusers.safetensors", "kohya.safetensors"])
        {
            using var copy = new AdapterCase();
            copy.Apply(_folder.At(name));
            TensorAssert.CloseToLargest(expected, copy.Predict(), Tolerance.NetworkOutput, name);
        }
    }

    [Fact]
    public void Present_scale_is_not_written()
    {
        using var test = new AdapterCase();
        var adapters = test.Apply(AdapterCase.FileOf("kohya"));
        adapters.SetScale(0.25);
        LoraFile.WriteDiffusers(_folder.At("lora.safetensors"), adapters);
        using var copy = new AdapterCase();
        copy.Apply(_folder.At("lora.safetensors"));
        TensorAssert.CloseToLargest(test.Expected("out.scale1"), copy.Predict(), Tolerance.NetworkOutput, "copy");
    }

    // Three modules of two ranks, by way of a kohya file.
    private void WriteMixedRanks(AdapterCase test)
    {
        static TensorContent Content(string name, params long[] shape)
        {
            var values = Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size)).Select(i => MathF.Sin(i + name.Length) / 4).ToArray();
            return new TensorContent(name, ElementType.F32, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
        }

        SafetensorsWriter.Write(
            _folder.At("made.safetensors"),
            [
                Content("lora_unet_conv_in.lora_down.weight", 1, 4, 3, 3), Content("lora_unet_conv_in.lora_up.weight", 16, 1, 1, 1), Content("lora_unet_conv_in.alpha"),
                Content("lora_unet_conv_out.lora_down.weight", 2, 16, 3, 3), Content("lora_unet_conv_out.lora_up.weight", 4, 2, 1, 1),
                Content("lora_unet_time_embedding_linear_1.lora_down.weight", 2, 16), Content("lora_unet_time_embedding_linear_1.lora_up.weight", 64, 2),
            ]);
        var adapters = test.Apply(_folder.At("made.safetensors"));
        LoraFile.WriteDiffusers(_folder.At("diffusers.safetensors"), adapters);
        LoraFile.WriteKohya(_folder.At("kohya.safetensors"), adapters);
    }

    private static IEnumerable<string> Layout(SafetensorsFile file) => file.Entries.Values.Select(entry => entry.ToString()).Order(StringComparer.Ordinal);

    private static string Metadata(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Metadata["lora_adapter_metadata"];
    }
}
