using System.Globalization;
using System.Text.Json.Nodes;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Weights;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Adapters;

public sealed class LoraFileReadTests : IDisposable
{
    private const string Query = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight", "text encoder")]
    [InlineData("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", "text encoder")]
    [InlineData("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.alpha", "text encoder")]
    [InlineData("lora_unet_mid_block_resnets_0_conv1.dora_scale", "DoRA")]
    [InlineData("unet.mid_block.resnets.0.conv1.lora_magnitude_vector", "DoRA")]
    [InlineData("lora_unet_mid_block_resnets_0_conv1.hada_w1_a", "LoHa")]
    [InlineData("lora_unet_mid_block_resnets_0_conv1.lokr_w1", "LoKr")]
    [InlineData("lora_unet_mid_block_resnets_0_conv1.lora_mid.weight", "LoCon")]
    [InlineData("unet.mid_block.resnets.0.conv1.lora_B.bias", "no part of a LoRA")]
    [InlineData("mid_block.resnets.0.conv1.weight", "no part of a LoRA")]
    public void What_is_not_implemented_is_refused_by_name(string name, string kind)
    {
        var path = Write([($"unet.{Query}.lora_A.weight", [2, 16]), ($"unet.{Query}.lora_B.weight", [16, 2]), (name, [2, 2])]);
        var exception = Assert.Throws<NotSupportedException>(() => LoraFile.Read(path));
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
        Assert.Contains(kind, exception.Message, StringComparison.Ordinal);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use_rslora", "true")]
    [InlineData("use_dora", "true")]
    [InlineData("lora_bias", "true")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("bias", "\"all\"")]
    [InlineData("modules_to_save", "[\"conv_in\"]")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("something_new", "3")]
    public void Configuration_that_changes_the_result_is_refused_by_name(string key, string value)
    {
        var file = Peft(config => config[key] = JsonNode.Parse(value));
        var exception = Assert.Throws<NotSupportedException>(() => LoraFile.Read(file));
        Assert.Contains($"{key} = {value}", exception.Message, StringComparison.Ordinal);

        var inHeader = Write(QueryOnly, $$"""{"unet.r": 2, "unet.lora_alpha": 2, "unet.{{key}}": {{value}} }""");
        Assert.Contains(key, Assert.Throws<NotSupportedException>(() => LoraFile.Read(inHeader)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_choose_rank_and_alpha_of_single_modules()
    {
        const string Key = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k";
        const string Output = "mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0";
        var path = Write(
            [
                ($"unet.{Query}.lora_A.weight", [2, 16]), ($"unet.{Query}.lora_B.weight", [16, 2]),
                ($"unet.{Key}.lora.down.weight", [3, 16]), ($"unet.{Key}.lora.up.weight", [16, 3]),
                ($"unet.{Output}.lora_A.weight", [5, 32]), ($"unet.{Output}.lora_B.weight", [32, 5]),
            ],
            $$"""
            {"unet.r": 2, "unet.lora_alpha": 7, "text_encoder.use_dora": true,
             "unet.rank_pattern": {"attn1.to_k": 3, "^{{Output}}": 5}, "unet.alpha_pattern": {"to_(k|v)": 1.5, "down_blocks.*": 9} }
            """);
        using var weights = LoraFile.Read(path);
        Assert.Equal(
            [(Key, 3L, 1.5), (Query, 2L, 9.0), (Output, 5L, 7.0)],
            weights.Modules.Select(module => (module.Module, module.Rank, module.Alpha!.Value)));
    }

    [Theory]
    [InlineData("""{"unet.r": 4, "unet.lora_alpha": 4}""", "rank 2")]
    [InlineData("""{"unet.r": "two"}""", "lora_adapter_metadata")]
    [InlineData("""{"unet.r": 2, "unet.alpha_pattern": {"(": 1}}""", "lora_adapter_metadata")]
    [InlineData("""{"unet.r": 2, "unet.lora_alpha": 1e999}""", "not finite")]
    [InlineData("[1]", "lora_adapter_metadata")]
    [InlineData("{", "lora_adapter_metadata")]
    public void Metadata_that_is_malformed_or_contradicts_the_tensors_is_refused(string metadata, string expected)
    {
        var path = Write(QueryOnly, metadata);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => LoraFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alpha_pattern_of_peft_is_heeded()
    {
        using var weights = LoraFile.Read(Peft(config => config["alpha_pattern"] = new JsonObject { ["conv1"] = 4 }));
        Assert.All(weights.Modules, module => Assert.Equal(module.Module.EndsWith("conv1", StringComparison.Ordinal) ? 4 : 16, module.Alpha));
    }

    [Fact]
    public void Peft_without_its_configuration_is_refused()
    {
        var file = Peft(_ => { });
        File.Delete(_folder.At("adapter_config.json"));
        Assert.Contains("adapter_config.json", Assert.Throws<FileNotFoundException>(() => LoraFile.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_that_is_too_long_is_not_read()
    {
        var file = Peft(config => config["base_model_name_or_path"] = "ns/base");
        Assert.Equal("ns/base", LoraFile.ReadBaseModel(file));

        File.AppendAllText(_folder.At("adapter_config.json"), new string(' ', 5_000_000));

        Assert.Null(LoraFile.ReadBaseModel(file));
        Assert.Contains("adapter_config.json has 5", Assert.Throws<InvalidDataException>(() => LoraFile.Read(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"base_model_name_or_path": "\ud800"}""")]
    [InlineData("""{"base_model_name_or_path": "ns/base", "base\ud800_model_name_or_path": 1}""")]
    public void Base_model_whose_name_is_no_unicode_is_none(string config)
    {
        var file = Peft(_ => { });
        File.WriteAllText(_folder.At("adapter_config.json"), config);

        Assert.Null(LoraFile.ReadBaseModel(file));
        Assert.Null(LoraFile.ReadBaseModel(Write(QueryOnly, config.Replace("\"base", "\"unet.base", StringComparison.Ordinal))));
    }

    [Fact]
    public void Missing_half_and_differing_ranks_are_refused_by_name()
    {
        var half = Assert.Throws<TensorFileException>(() => LoraFile.Read(Write([($"unet.{Query}.lora_A.weight", [2, 16])])));
        Assert.Contains($"{Query}.lora_A.weight': the module has no B", half.Message, StringComparison.Ordinal);
        var ranks = Assert.Throws<TensorFileException>(() => LoraFile.Read(Write([($"unet.{Query}.lora_A.weight", [2, 16]), ($"unet.{Query}.lora_B.weight", [16, 3])])));
        Assert.Contains("its rank is 3", ranks.Message, StringComparison.Ordinal);
        var twice = Assert.Throws<TensorFileException>(() => LoraFile.Read(Write([.. QueryOnly, ($"unet.{Query}.lora.down.weight", [2, 16])])));
        Assert.Contains("the same part", twice.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pytorch_lora_weights.safetensors", "")]
    [InlineData("adapter_model.safetensors", "")]
    [InlineData("anything.safetensors", "")]
    [InlineData("pytorch_lora_weights.safetensors", "final")]
    public void Folder_stands_for_the_file_in_it(string name, string folder)
    {
        Directory.CreateDirectory(_folder.At(folder));
        File.Copy(Path.Combine(AdapterCase.FileOf("attn-procs"), "pytorch_lora_weights.safetensors"), Path.Combine(_folder.At(folder), name));
        using var weights = LoraFile.Read(_folder.Root);
        Assert.Equal(Path.Combine(_folder.At(folder), name), weights.FileName);
    }

    // As the first releases of diffusers wrote them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pickles_are_read_like_safetensors(bool isLegacy)
    {
        using var source = SafetensorsFile.Open(Path.Combine(AdapterCase.FileOf("attn-procs"), "pytorch_lora_weights.safetensors"));
        File.WriteAllBytes(_folder.At("pytorch_lora_weights.bin"), isLegacy ? TorchFile.Legacy(SavedTensor.All(source)) : TorchFile.Zip(SavedTensor.All(source)));

        using var pickle = LoraFile.Read(_folder.Root);
        using var expected = LoraFile.Read(AdapterCase.FileOf("attn-procs"));

        Assert.Equal(_folder.At("pytorch_lora_weights.bin"), pickle.FileName);
        Assert.Equal(expected.Modules.Select(module => (module.Module, module.Alpha)), pickle.Modules.Select(module => (module.Module, module.Alpha)));
        foreach (var (one, other) in expected.Modules.Zip(pickle.Modules))
        {
            Assert.Equal(one.Down.data<float>().ToArray(), other.Down.data<float>().ToArray());
            Assert.Equal(one.Up.data<float>().ToArray(), other.Up.data<float>().ToArray());
        }

        Assert.Null(LoraFile.ReadBaseModel(_folder.Root));
    }

    [Fact]
    public void Folder_without_a_file_says_what_it_has()
    {
        File.WriteAllText(_folder.At("optimizer.bin"), "x");
        Assert.Contains("optimizer.bin", Assert.Throws<FileNotFoundException>(() => LoraFile.Read(_folder.Root)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => LoraFile.Read(_folder.At("none.safetensors")));
    }

    [Fact]
    public void Lora_for_another_network_is_refused_before_anything_is_attached()
    {
        using var network = AdapterCase.WiderUnet();
        using var weights = LoraFile.Read(AdapterCase.FileOf("kohya"));
        var exception = Assert.Throws<WeightMismatchException>(() => weights.ApplyTo(network));
        Assert.Contains("lora.safetensors does not fit the network: 22 of another shape or kind: A of ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("attn2.to_k expected [8, 48], got [8, 32], ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(", and 12 more.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LoraAdapters.AdaptableLayers(network), pair => pair.Layer.Adapter is not null);
        Assert.All(network.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Modules_that_the_network_lacks_are_named_together_with_wrong_shapes()
    {
        using var test = new AdapterCase();
        using var weights = LoraFile.Read(Write(
            [
                ($"unet.{Query}.lora_A.weight", [2, 17]), ($"unet.{Query}.lora_B.weight", [16, 2]),
                ("lora_unet_input_blocks_1_1_proj_in.lora_down.weight", [2, 16]), ("lora_unet_input_blocks_1_1_proj_in.lora_up.weight", [16, 2]),
                ("unet.down_blocks.9.resnets.0.conv1.lora_A.weight", [2, 16, 3, 3]), ("unet.down_blocks.9.resnets.0.conv1.lora_B.weight", [16, 2, 1, 1]),
            ]));
        var report = Assert.Throws<WeightMismatchException>(() => weights.ApplyTo(test.Unet)).Report;
        Assert.Equal(["down_blocks.9.resnets.0.conv1", "input_blocks_1_1_proj_in"], report.Unexpected.Order(StringComparer.Ordinal));
        Assert.Equal([$"A of {Query} expected [2, 16], got [2, 17]"], report.Misshapen);
    }

    [Fact]
    public void One_module_under_two_names_is_refused()
    {
        using var test = new AdapterCase();
        var flattened = $"lora_unet_{Query.Replace('.', '_')}";
        using var weights = LoraFile.Read(Write([.. QueryOnly, ($"{flattened}.lora_down.weight", [2, 16]), ($"{flattened}.lora_up.weight", [16, 2])]));
        Assert.Contains("for a second time", Assert.Throws<WeightMismatchException>(() => weights.ApplyTo(test.Unet)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Second_file_is_refused()
    {
        using var test = new AdapterCase();
        test.Apply(AdapterCase.FileOf("kohya"));
        using var weights = LoraFile.Read(AdapterCase.FileOf("attn-procs"));
        Assert.Throws<InvalidOperationException>(() => weights.ApplyTo(test.Unet));
    }

    [Theory]
    [InlineData(ScalarType.Float16, 2e-3)]
    [InlineData(ScalarType.BFloat16, 2e-2)]
    public void Half_precision_files_become_single_precision_adapters(ScalarType elementType, double tolerance)
    {
        using (var source = SafetensorsFile.Open(AdapterCase.FileOf("kohya") + "/lora.safetensors"))
        {
            using var scope = NewDisposeScope();
            SafetensorsWriter.Write(_folder.At("half.safetensors"), source.Entries.Keys.Select(name => TensorStorage.Describe(name, TensorStorage.Read(source, name), elementType)).ToList());
        }

        using var test = new AdapterCase();
        var adapters = test.Apply(_folder.At("half.safetensors"));
        Assert.All(adapters.Parameters, pair => Assert.Equal((ScalarType.Float32, true), (pair.Value.dtype, pair.Value.requires_grad)));
        TensorAssert.CloseToLargest(test.Expected("out.scale1"), test.Predict(), tolerance, $"{elementType}");
    }

    [Fact]
    public void Matrices_fit_convolutions_of_one_pixel_and_the_other_way_round()
    {
        using (var source = SafetensorsFile.Open(Path.Combine(AdapterCase.FileOf("peft"), "adapter_model.safetensors")))
        {
            using var scope = NewDisposeScope();
            var contents = source.Entries.Values.Select(entry =>
            {
                var tensor = TensorStorage.Read(source, entry);
                var isPixel = entry.Shape is [_, _, 1, 1] && entry.Name.Contains("proj_", StringComparison.Ordinal);
                var other = isPixel ? tensor.flatten(1) : entry.Shape.Length == 2 ? tensor.unsqueeze(-1).unsqueeze(-1) : tensor;
                return TensorStorage.Describe(entry.Name.Replace("base_model.model.", "unet.", StringComparison.Ordinal), other);
            }).ToList();
            SafetensorsWriter.Write(_folder.At("other.safetensors"), contents, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["lora_adapter_metadata"] = """{"unet.r": 8, "unet.lora_alpha": 16}""",
            });
        }

        using var test = new AdapterCase();
        test.Apply(_folder.At("other.safetensors"));
        TensorAssert.CloseToLargest(test.Expected("out.scale1"), test.Predict(), Tolerance.NetworkOutput, "reshaped");
    }

    private static (string Name, long[] Shape)[] QueryOnly => [($"unet.{Query}.lora_A.weight", [2, 16]), ($"unet.{Query}.lora_B.weight", [16, 2])];

    private string Write((string Name, long[] Shape)[] tensors, string? metadata = null)
    {
        var path = _folder.At(string.Create(CultureInfo.InvariantCulture, $"{Directory.GetFiles(_folder.Root).Length}.safetensors"));
        SafetensorsWriter.Write(
            path,
            tensors.Select(tensor => new TensorContent(tensor.Name, ElementType.F32, tensor.Shape, new byte[4 * tensor.Shape.Aggregate(1L, (product, size) => product * size)])),
            metadata is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["lora_adapter_metadata"] = metadata });
        return path;
    }

    private string Peft(Action<JsonObject> change)
    {
        var golden = AdapterCase.FileOf("peft");
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(golden, "adapter_config.json")))!.AsObject();
        change(config);
        File.WriteAllText(_folder.At("adapter_config.json"), config.ToJsonString());
        File.Copy(Path.Combine(golden, "adapter_model.safetensors"), _folder.At("adapter_model.safetensors"));
        return _folder.At("adapter_model.safetensors");
    }
}
