using Atelier.Artifacts.Hub;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public class PipelineFilesTests
{
    private static readonly string[] StableDiffusion15 =
    [
        ".gitattributes", "README.md", "model_index.json", "v1-inference.yaml", "v1-5-pruned.ckpt", "v1-5-pruned.safetensors", "v1-5-pruned-emaonly.ckpt", "v1-5-pruned-emaonly.safetensors",
        "feature_extractor/preprocessor_config.json",
        "safety_checker/config.json", "safety_checker/model.safetensors", "safety_checker/model.fp16.safetensors", "safety_checker/pytorch_model.bin", "safety_checker/pytorch_model.fp16.bin",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json", "text_encoder/model.safetensors", "text_encoder/model.fp16.safetensors", "text_encoder/pytorch_model.bin", "text_encoder/pytorch_model.fp16.bin",
        "tokenizer/merges.txt", "tokenizer/special_tokens_map.json", "tokenizer/tokenizer_config.json", "tokenizer/vocab.json",
        "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.non_ema.safetensors",
        "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.bin", "unet/diffusion_pytorch_model.non_ema.bin",
        "vae/config.json", "vae/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.bin", "vae/diffusion_pytorch_model.fp16.bin",
    ];

    private static readonly ModelIndex Index = new()
    {
        ClassName = "StableDiffusionPipeline",
        Components = new Dictionary<string, ModelComponent?>(StringComparer.Ordinal)
        {
            ["feature_extractor"] = new("transformers", "CLIPFeatureExtractor"),
            ["safety_checker"] = new("stable_diffusion", "StableDiffusionSafetyChecker"),
            ["scheduler"] = new("diffusers", "PNDMScheduler"),
            ["text_encoder"] = new("transformers", "CLIPTextModel"),
            ["tokenizer"] = new("transformers", "CLIPTokenizer"),
            ["unet"] = new("diffusers", "UNet2DConditionModel"),
            ["vae"] = new("diffusers", "AutoencoderKL"),
            ["image_encoder"] = null,
        },
    };

    // What diffusers' own filter chooses of this listing, without the safety checker and its feature extractor.
    [Fact]
    public void Stable_diffusion_1_5_is_twelve_files()
    {
        var selection = PipelineFiles.Select(StableDiffusion15, Index, new HubPipelineRequest());

        Assert.Equal(
            [
                "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.safetensors",
                "tokenizer/merges.txt", "tokenizer/special_tokens_map.json", "tokenizer/tokenizer_config.json", "tokenizer/vocab.json",
                "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
            ],
            selection.Files);
        Assert.Empty(selection.Warnings);
        Assert.Empty(selection.ShardIndexes);
    }

    [Fact]
    public void A_variant_replaces_the_weights()
    {
        var selection = Select(new HubPipelineRequest { Variant = "fp16" });

        Assert.Equal(["text_encoder/model.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.fp16.safetensors"], Weights(selection));
        Assert.Empty(selection.Warnings);
    }

    [Fact]
    public void A_component_without_the_variant_uses_the_plain_file_with_a_warning()
    {
        var selection = Select(new HubPipelineRequest { Variant = "non_ema" });

        Assert.Equal(["text_encoder/model.safetensors", "unet/diffusion_pytorch_model.non_ema.safetensors", "vae/diffusion_pytorch_model.safetensors"], Weights(selection));
        Assert.Equal(2, selection.Warnings.Count);
        Assert.Contains("'text_encoder'", selection.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_that_nobody_has_lists_those_there_are()
    {
        var exception = Assert.Throws<HubException>(() => Select(new HubPipelineRequest { Variant = "int8" }));

        Assert.Equal(HubErrorKind.Unsuitable, exception.Kind);
        Assert.Contains("fp16, non_ema", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_components_come_on_request()
    {
        var selection = Select(new HubPipelineRequest { OtherComponents = ["safety_checker", "feature_extractor"] });

        Assert.Contains("safety_checker/model.safetensors", selection.Files);
        Assert.Contains("feature_extractor/preprocessor_config.json", selection.Files);
        Assert.Equal(15, selection.Files.Count);
    }

    [Fact]
    public void A_component_that_is_not_there_is_refused_by_name()
        => Assert.Contains("image_encoder", Assert.Throws<HubException>(() => Select(new HubPipelineRequest { OtherComponents = ["image_encoder"] })).Message, StringComparison.Ordinal);

    [Fact]
    public void Pickled_weights_are_taken_only_where_there_are_no_others()
    {
        var selection = Select(new HubPipelineRequest(), [.. StableDiffusion15.Where(path => !path.StartsWith("text_encoder/model", StringComparison.Ordinal))]);

        Assert.Equal(["text_encoder/pytorch_model.bin", "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors"], Weights(selection));
        Assert.Contains("no safetensors", Assert.Single(selection.Warnings), StringComparison.Ordinal);
    }

    // The variant says more about what is wanted than the format does.
    [Fact]
    public void Pickled_weights_of_the_variant_come_before_plain_safetensors()
    {
        var selection = Select(new HubPipelineRequest { Variant = "fp16" }, [.. StableDiffusion15.Where(path => path is not "text_encoder/model.fp16.safetensors")]);

        Assert.Equal(["text_encoder/pytorch_model.fp16.bin", "unet/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.fp16.safetensors"], Weights(selection));
    }

    [Theory]
    [InlineData(null, "diffusion_pytorch_model-0000{0}-of-00002.bin", "diffusion_pytorch_model.bin.index.json")]
    [InlineData("fp16", "diffusion_pytorch_model.fp16-0000{0}-of-00002.bin", "diffusion_pytorch_model.bin.index.fp16.json")]
    public void Pickled_shards_come_with_their_index(string? variant, string pattern, string index)
    {
        string[] shards = [string.Format(null, pattern, 1), string.Format(null, pattern, 2)];
        var paths = StableDiffusion15.Where(path => !path.StartsWith("unet/d", StringComparison.Ordinal)).Append($"unet/{index}").Concat(shards.Select(name => $"unet/{name}")).ToList();

        var selection = Select(new HubPipelineRequest { Variant = variant }, paths);

        Assert.Equal([$"unet/{index}"], selection.ShardIndexes);
        Assert.Equal(["unet/config.json", .. shards.Append(index).Select(name => $"unet/{name}").Order(StringComparer.Ordinal)], selection.Files.Where(path => path.StartsWith("unet/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "diffusion_pytorch_model-0000{0}-of-00002.safetensors", "diffusion_pytorch_model.safetensors.index.json")]
    [InlineData("fp16", "diffusion_pytorch_model.fp16-0000{0}-of-00002.safetensors", "diffusion_pytorch_model.safetensors.index.fp16.json")]
    [InlineData("fp16", "diffusion_pytorch_model-0000{0}-of-00002.fp16.safetensors", "diffusion_pytorch_model.safetensors.index.fp16.json")]
    public void Shards_come_with_their_index(string? variant, string pattern, string index)
    {
        string[] shards = [string.Format(null, pattern, 1), string.Format(null, pattern, 2)];
        string[] others = ["unet/diffusion_pytorch_model.bf16-00001-of-00001.safetensors", "unet/diffusion_pytorch_model.bin"];
        var paths = StableDiffusion15.Where(path => !path.StartsWith("unet/d", StringComparison.Ordinal)).Concat(others).Append($"unet/{index}").Concat(shards.Select(name => $"unet/{name}")).ToList();

        var selection = Select(new HubPipelineRequest { Variant = variant }, paths);

        Assert.Equal([$"unet/{index}"], selection.ShardIndexes);
        Assert.Equal(["unet/config.json", .. shards.Append(index).Select(name => $"unet/{name}").Order(StringComparer.Ordinal)], selection.Files.Where(path => path.StartsWith("unet/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Shards_that_are_not_complete_are_no_weights()
    {
        var paths = StableDiffusion15.Where(path => !path.StartsWith("unet/d", StringComparison.Ordinal)).Append("unet/diffusion_pytorch_model.safetensors.index.json").Append("unet/diffusion_pytorch_model-00001-of-00002.safetensors").ToList();

        Assert.Contains("'unet'", Assert.Throws<HubException>(() => Select(new HubPipelineRequest(), paths)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_missing_is_named()
        => Assert.Contains("'vae'", Assert.Throws<HubException>(() => Select(new HubPipelineRequest(), [.. StableDiffusion15.Where(path => !path.StartsWith("vae/", StringComparison.Ordinal))])).Message, StringComparison.Ordinal);

    [Fact]
    public void Formats_that_nobody_here_reads_are_left_alone()
    {
        string[] others = ["unet/model.onnx", "unet/diffusion_flax_model.msgpack", "text_encoder/tf_model.h5", "unet/openvino_model.xml", "unet/nested/diffusion_pytorch_model.safetensors"];

        Assert.Equal(Select(new HubPipelineRequest()).Files, Select(new HubPipelineRequest(), [.. StableDiffusion15, .. others]).Files);
    }

    [Theory]
    [InlineData(new[] { "a.safetensors", "pytorch_lora_weights.safetensors" }, "pytorch_lora_weights.safetensors")]
    [InlineData(new[] { "README.md", "any.safetensors", "sub/other.safetensors" }, "any.safetensors")]
    [InlineData(new[] { "any.safetensors", "pytorch_lora_weights.bin" }, "any.safetensors")]
    [InlineData(new[] { "README.md", "optimizer.bin", "pytorch_lora_weights.bin" }, "pytorch_lora_weights.bin")]
    [InlineData(new[] { "model_index.json", "model.safetensors", "pytorch_lora_weights.safetensors" }, "pytorch_lora_weights.safetensors")]
    [InlineData(new[] { "model_index.json", "my_LoRA.safetensors" }, "my_LoRA.safetensors")]
    [InlineData(new[] { "model_index.json", "pytorch_lora_weights.bin" }, "pytorch_lora_weights.bin")]
    public void The_adapter_is_found(string[] paths, string expected) => Assert.Equal(expected, PipelineFiles.SelectLora(paths));

    [Theory]
    [InlineData(new[] { "a.safetensors", "b.safetensors" }, "a.safetensors, b.safetensors")]
    [InlineData(new[] { "README.md" }, "README.md")]
    [InlineData(new[] { "optimizer.bin", "sub/pytorch_lora_weights.bin" }, "optimizer.bin")]
    public void An_adapter_that_can_not_be_chosen_lists_what_there_is(string[] paths, string expected)
        => Assert.Contains(expected, Assert.Throws<HubException>(() => PipelineFiles.SelectLora(paths)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("model_index.json", "unet/diffusion_pytorch_model.safetensors")]
    [InlineData("model_index.json", "v1-5-pruned.safetensors")]
    [InlineData("model_index.json", "v1-5-pruned.safetensors", "v1-5-pruned-emaonly.safetensors")]
    public void A_pipeline_is_no_adapter_although_one_file_holds_all_of_it(params string[] paths)
        => Assert.Contains("is a whole pipeline (it has model_index.json) and no LoRA: use --pretrained-model", Assert.Throws<HubException>(() => PipelineFiles.SelectLora(paths)).Message, StringComparison.Ordinal);

    private static PipelineSelection Select(HubPipelineRequest request, IReadOnlyCollection<string>? paths = null) => PipelineFiles.Select(paths ?? StableDiffusion15, Index, request);

    private static IEnumerable<string> Weights(PipelineSelection selection) => selection.Files.Where(path => path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal));
}
