using System.Runtime.InteropServices;
using System.Text.Json;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Diffusion.Weights;

/// <summary>Which files of a component's folder are read, and what is written back.</summary>
public class ComponentFilesTests
{
    private const string Stem = "diffusion_pytorch_model";

    [Theory]
    [InlineData("unet")]
    [InlineData("vae")]
    [InlineData("text_encoder")]
    public void Written_weights_have_the_originals_names_and_values(string component)
    {
        using var folder = new ScratchFolder();
        using var network = Load(component, Golden(component));
        using var original = SafetensorsFile.Open(Path.Combine(Golden(component), $"{StemOf(component)}.safetensors"));

        WeightWriter.Write(folder.At("copy.safetensors"), network);

        using var copy = SafetensorsFile.Open(folder.At("copy.safetensors"));
        Assert.Equal(original.Entries.Keys.Order(StringComparer.Ordinal), copy.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("pt", copy.Metadata["format"]);
        foreach (var name in original.Entries.Keys)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(TensorStorage.Read(original, name).data<float>().ToArray(), TensorStorage.Read(copy, name).data<float>().ToArray());
        }
    }

    [Fact]
    public void Written_weights_load_again_and_can_be_halved_or_left_out()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        folder.Component(Path.Combine(Golden("vae"), "config.json"));
        using var network = ComponentLoader.LoadVae(Golden("vae"), Placement.Cpu);
        WeightWriter.Write(folder.At($"{Stem}.fp16.safetensors"), network, ScalarType.Float16);
        using var half = ComponentLoader.LoadVae(folder.Root, Placement.Cpu);
        AssertEqual(network, half, value => value.to(ScalarType.Float16).to(ScalarType.Float32));

        WeightWriter.Write(folder.At("part.safetensors"), network, skip: name => name.StartsWith("encoder.", StringComparison.Ordinal));
        using var part = SafetensorsFile.Open(folder.At("part.safetensors"));
        Assert.DoesNotContain(part.Entries.Keys, name => name.StartsWith("encoder.", StringComparison.Ordinal));
        Assert.Contains("quant_conv.weight", part.Entries.Keys);
    }

    [Fact]
    public void A_variant_is_taken_when_asked_for_or_alone()
    {
        using var folder = new ScratchFolder();
        folder.Component(Path.Combine(Golden("unet"), "config.json"));
        using var network = ComponentLoader.LoadUnet(Golden("unet"), Placement.Cpu);
        WeightWriter.Write(folder.At($"{Stem}.fp16.safetensors"), network, ScalarType.Float16);

        using (var alone = ComponentLoader.LoadUnet(folder.Root, Placement.Cpu))
        {
            AssertEqual(network, alone, value => value.to(ScalarType.Float16).to(ScalarType.Float32));
        }

        File.Copy(Path.Combine(Golden("unet"), $"{Stem}.safetensors"), folder.At($"{Stem}.safetensors"));
        using (var plain = ComponentLoader.LoadUnet(folder.Root, Placement.Cpu))
        {
            AssertEqual(network, plain, value => value);
        }

        using (var chosen = ComponentLoader.LoadUnet(folder.Root, Placement.Cpu, "fp16"))
        {
            AssertEqual(network, chosen, value => value.to(ScalarType.Float16).to(ScalarType.Float32));
        }

        var message = Assert.Throws<FileNotFoundException>(() => ComponentLoader.LoadUnet(folder.Root, Placement.Cpu, "non_ema")).Message;
        Assert.Equal($"{folder.Root} has no {Stem}.non_ema.safetensors or {Stem}.non_ema.bin; it has {Stem}.fp16.safetensors, {Stem}.safetensors.", message);
    }

    [Fact]
    public void Two_variants_and_no_plain_file_are_not_guessed_between()
    {
        using var folder = new ScratchFolder();
        folder.Component(Path.Combine(Golden("unet"), "config.json"));
        folder.Write($"{Stem}.fp16.safetensors", "");
        folder.Write($"{Stem}.non_ema.safetensors", "");
        var message = Assert.Throws<FileNotFoundException>(() => ComponentLoader.LoadUnet(folder.Root, Placement.Cpu)).Message;
        Assert.Contains($"it has {Stem}.fp16.safetensors, {Stem}.non_ema.safetensors.", message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("fp16")]
    public void Shards_load_through_their_index(string? variant)
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        folder.Component(Path.Combine(Golden("unet"), "config.json"));
        using var network = ComponentLoader.LoadUnet(Golden("unet"), Placement.Cpu);
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var infix = variant is null ? "" : $"{variant}-";
        foreach (var group in network.named_parameters().Select((pair, i) => (pair.name, pair.parameter, Shard: i % 3)).GroupBy(item => item.Shard))
        {
            var file = $"{Stem}.{infix}0000{group.Key + 1}-of-00003.safetensors";
            SafetensorsWriter.Write(folder.At(file), group.Select(item => TensorStorage.Describe(item.name, item.parameter)).ToList());
            foreach (var item in group)
            {
                map[item.name] = file;
            }
        }

        folder.Write(variant is null ? $"{Stem}.safetensors.index.json" : $"{Stem}.safetensors.index.{variant}.json", JsonSerializer.Serialize(new { metadata = new { total_size = 0 }, weight_map = map }));

        using var loaded = ComponentLoader.LoadUnet(folder.Root, Placement.Cpu, variant);
        AssertEqual(network, loaded, value => value);
    }

    [Fact]
    public void Old_attention_names_of_a_vae_load()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        folder.Component(Path.Combine(Golden("vae"), "config.json"));
        using var network = ComponentLoader.LoadVae(Golden("vae"), Placement.Cpu);
        var old = network.named_parameters().Select(pair => (Name: pair.name
            .Replace(".to_q.", ".query.", StringComparison.Ordinal).Replace(".to_k.", ".key.", StringComparison.Ordinal)
            .Replace(".to_v.", ".value.", StringComparison.Ordinal).Replace(".to_out.0.", ".proj_attn.", StringComparison.Ordinal), pair.parameter)).ToList();
        Assert.Equal(16, old.Count(item => item.Name.Contains(".query.") || item.Name.Contains(".key.") || item.Name.Contains(".value.") || item.Name.Contains(".proj_attn.")));
        SafetensorsWriter.Write(folder.At($"{Stem}.safetensors"), old.Select(item => TensorStorage.Describe(item.Name, item.parameter)).ToList());

        using var loaded = ComponentLoader.LoadVae(folder.Root, Placement.Cpu);
        AssertEqual(network, loaded, value => value);
    }

    [Fact]
    public void Stored_position_numbers_of_a_text_encoder_are_tolerated()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        folder.Component(Path.Combine(Golden("text_encoder"), "config.json"));
        using var network = ComponentLoader.LoadTextEncoder(Golden("text_encoder"), Placement.Cpu);
        var contents = network.named_parameters().Select(pair => TensorStorage.Describe(pair.name, pair.parameter))
            .Append(TensorStorage.Describe("text_model.embeddings.position_ids", arange(77, dtype: ScalarType.Int64).unsqueeze(0)));
        SafetensorsWriter.Write(folder.At("model.safetensors"), contents.ToList());

        using var loaded = ComponentLoader.LoadTextEncoder(folder.Root, Placement.Cpu);
        AssertEqual(network, loaded, value => value);
    }

    [Theory]
    [InlineData("unet", "diffusion_pytorch_model.onnx")]
    [InlineData("vae", "vae.pt")]
    [InlineData("text_encoder", "model.ckpt")]
    public void Only_other_formats_are_said_to_need_conversion(string component, string file)
    {
        using var folder = new ScratchFolder();
        folder.Component(Path.Combine(Golden(component), "config.json"));
        folder.Write(file, "");
        var message = Assert.Throws<FileNotFoundException>(() => Load(component, folder.Root)).Message;
        Assert.Equal($"{folder.Root} has no {StemOf(component)}.safetensors or {PickleOf(component)}; it has {file}. Other formats are not read: convert it first.", message);
    }

    [Theory]
    [InlineData("unet", false)]
    [InlineData("vae", false)]
    [InlineData("text_encoder", false)]
    [InlineData("text_encoder", true)]
    public void Pickles_load_like_safetensors(string component, bool isLegacy)
    {
        using var folder = new ScratchFolder();
        folder.Component(Path.Combine(Golden(component), "config.json"));
        using var network = Load(component, Golden(component));
        var tensors = Saved(component);
        tensors.AddRange(component == "text_encoder" ? [SavedTensor.Whole("text_model.embeddings.position_ids", ElementType.I64, new byte[77 * 8], 1, 77)] : []);
        File.WriteAllBytes(folder.At(PickleOf(component)), isLegacy ? TorchFile.Legacy(tensors) : TorchFile.Zip(tensors));

        using var loaded = Load(component, folder.Root);
        AssertEqual(network, loaded, value => value);
    }

    [Fact]
    public void Pickles_load_in_shards_and_with_transposed_weights()
    {
        using var folder = new ScratchFolder();
        folder.Component(Path.Combine(Golden("unet"), "config.json"));
        using var network = Load("unet", Golden("unet"));
        var tensors = Saved("unet").ConvertAll(tensor => tensor.Shape is [var rows, var columns] ? tensor with { Storage = Transpose(tensor.Storage, rows, columns), Strides = [1, rows] } : tensor);
        Assert.Contains(tensors, tensor => tensor.Strides is [1, > 1]);
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var shard in tensors.Chunk((tensors.Count / 2) + 1).Index())
        {
            var file = $"{Stem}-0000{shard.Index + 1}-of-00002.bin";
            File.WriteAllBytes(folder.At(file), TorchFile.Zip(shard.Item));
            Array.ForEach(shard.Item, tensor => map.Add(tensor.Name, file));
        }

        folder.Write($"{Stem}.bin.index.json", JsonSerializer.Serialize(new { weight_map = map }));

        using (var loaded = Load("unet", folder.Root))
        {
            AssertEqual(network, loaded, value => value);
        }

        // copied, they are one safetensors file
        Directory.CreateDirectory(folder.At("copy"));
        WeightFiles.Copy(folder.Root, Stem, variant: null, folder.At("copy"));
        Assert.Equal([folder.At($"copy/{Stem}.safetensors")], Directory.EnumerateFiles(folder.At("copy")));
        File.Copy(folder.At("config.json"), folder.At("copy/config.json"));
        using var copied = Load("unet", folder.At("copy"));
        AssertEqual(network, copied, value => value);
        using var copy = SafetensorsFile.Open(folder.At($"copy/{Stem}.safetensors"));
        Assert.Equal("pt", copy.Metadata["format"]);
    }

    // Plain before a variant that nobody asked for, and safetensors before pickles.
    [Theory]
    [InlineData(null, new[] { "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin", "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.fp16.bin" })]
    [InlineData("fp16", new[] { "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.fp16.bin" })]
    public void Files_are_taken_in_this_order(string? variant, string[] order)
    {
        using var folder = new ScratchFolder();
        foreach (var file in order)
        {
            folder.Write(file, "damaged");
        }

        foreach (var file in order)
        {
            Assert.StartsWith(folder.At(file), Assert.Throws<TensorFileException>(() => WeightFiles.Open(folder.Root, Stem, variant)).Message, StringComparison.Ordinal);
            File.Delete(folder.At(file));
        }

        Assert.Throws<FileNotFoundException>(() => WeightFiles.Open(folder.Root, Stem, variant));
    }

    [Fact]
    public void A_pickle_that_would_run_code_is_refused_by_name()
    {
        using var folder = new ScratchFolder();
        folder.Component(Path.Combine(Golden("unet"), "config.json"));
        File.WriteAllBytes(folder.At($"{Stem}.bin"), TorchFile.Zip(new PickleWriter().Name("posix", "system").Do("(").Text("touch it").Do("tR").End(), []));

        var message = Assert.Throws<TensorFileException>(() => Load("unet", folder.Root)).Message;
        Assert.StartsWith($"{folder.At($"{Stem}.bin")}: its pickle names 'posix.system', which would run code in Python. Nothing was run.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_without_weights_or_config_say_so()
    {
        using var folder = new ScratchFolder();
        Assert.Equal($"{folder.At("config.json")} is missing.", Assert.Throws<FileNotFoundException>(() => ComponentLoader.LoadUnet(folder.Root, Placement.Cpu)).Message);
        folder.Component(Path.Combine(Golden("unet"), "config.json"));
        Assert.Equal($"{folder.Root} has no {Stem}.safetensors or {Stem}.bin.", Assert.Throws<FileNotFoundException>(() => ComponentLoader.LoadUnet(folder.Root, Placement.Cpu)).Message);
        Assert.Equal($"{folder.At("no")} is missing.", Assert.Throws<FileNotFoundException>(() => WeightFiles.Open(folder.At("no"), Stem)).Message);
    }

    [Fact]
    public void Loaded_networks_are_frozen_and_in_evaluation_mode()
    {
        using var network = ComponentLoader.LoadUnet(Golden("unet"), Placement.Cpu);
        Assert.False(network.training);
        Assert.All(network.parameters(), parameter => Assert.False(parameter.requires_grad));
    }

    private static void AssertEqual(nn.Module expected, nn.Module actual, Func<Tensor, Tensor> convert)
    {
        using var scope = NewDisposeScope();
        foreach (var ((name, parameter), (otherName, other)) in expected.named_parameters().Zip(actual.named_parameters()))
        {
            Assert.Equal(name, otherName);
            Assert.Equal(ScalarType.Float32, other.dtype);
            Assert.Equal(convert(parameter).data<float>().ToArray(), other.data<float>().ToArray());
        }
    }

    private static List<SavedTensor> Saved(string component)
    {
        using var source = SafetensorsFile.Open(Path.Combine(Golden(component), $"{StemOf(component)}.safetensors"));
        return SavedTensor.All(source);
    }

    private static byte[] Transpose(byte[] matrix, long rows, long columns)
    {
        var (source, target) = (MemoryMarshal.Cast<byte, float>(matrix).ToArray(), new float[matrix.Length / sizeof(float)]);
        for (var index = 0L; index < source.Length; index++)
        {
            target[(index % columns * rows) + (index / columns)] = source[index];
        }

        return MemoryMarshal.AsBytes<float>(target).ToArray();
    }

    private static nn.Module Load(string component, string folder) => component switch
    {
        "unet" => ComponentLoader.LoadUnet(folder, Placement.Cpu),
        "vae" => ComponentLoader.LoadVae(folder, Placement.Cpu),
        _ => ComponentLoader.LoadTextEncoder(folder, Placement.Cpu),
    };

    private static string PickleOf(string component) => component == "text_encoder" ? "pytorch_model.bin" : $"{Stem}.bin";

    private static string StemOf(string component) => component == "text_encoder" ? "model" : Stem;

    private static string Golden(string component) => GoldenFolder.At("tiny-sd1", component);
}
