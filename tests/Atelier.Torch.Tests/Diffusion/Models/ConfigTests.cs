using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Schedulers;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Diffusion.Models;

public class ConfigTests
{
    private static readonly Dictionary<string, Func<JsonElement, object>> Parsers = new(StringComparer.Ordinal)
    {
        ["unet"] = json => UNet2DConditionConfig.Parse(json, "SOURCE"),
        ["vae"] = json => AutoencoderKLConfig.Parse(json, "SOURCE"),
        ["text_encoder"] = json => ClipTextConfig.Parse(json, "SOURCE"),
        ["scheduler"] = json => DdimConfig.Parse(json, "SOURCE"),
    };

    private static readonly Dictionary<string, Func<string, object>> Readers = new(StringComparer.Ordinal)
    {
        ["unet"] = UNet2DConditionConfig.Read,
        ["vae"] = AutoencoderKLConfig.Read,
        ["text_encoder"] = ClipTextConfig.Read,
        ["scheduler"] = DdimConfig.Read,
    };

    public static TheoryData<string> Models => [.. Directory.GetDirectories(GoldenFolder.Root, "tiny-sd*").Select(folder => Path.GetFileName(folder)!).Where(name => !name.StartsWith("tiny-sdxl", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Components => [.. Parsers.Keys];

    // Each of these changes the result in diffusers or transformers.
    public static TheoryData<string, string, string> Refusals => new()
    {
        { "unet", "act_fn", "\"mish\"" },
        { "unet", "addition_embed_type", "\"text_time\"" },
        { "unet", "attention_type", "\"gated\"" },
        { "unet", "class_embed_type", "\"timestep\"" },
        { "unet", "cross_attention_norm", "\"layer_norm\"" },
        { "unet", "dropout", "0.1" },
        { "unet", "dual_cross_attention", "true" },
        { "unet", "encoder_hid_dim", "768" },
        { "unet", "encoder_hid_dim_type", "\"text_proj\"" },
        { "unet", "mid_block_only_cross_attention", "true" },
        { "unet", "mid_block_scale_factor", "1.5" },
        { "unet", "mid_block_type", "\"UNetMidBlock2D\"" },
        { "unet", "mid_block_type", "null" },
        { "unet", "num_attention_heads", "8" },
        { "unet", "num_class_embeds", "1000" },
        { "unet", "only_cross_attention", "true" },
        { "unet", "only_cross_attention", "[false,true,false]" },
        { "unet", "resnet_out_scale_factor", "1.4" },
        { "unet", "resnet_skip_time_act", "true" },
        { "unet", "resnet_time_scale_shift", "\"scale_shift\"" },
        { "unet", "reverse_transformer_layers_per_block", "[1,1,1]" },
        { "unet", "time_cond_proj_dim", "256" },
        { "unet", "time_embedding_act_fn", "\"silu\"" },
        { "unet", "time_embedding_type", "\"fourier\"" },
        { "unet", "timestep_post_act", "\"silu\"" },
        { "vae", "act_fn", "\"gelu\"" },
        { "vae", "latents_mean", "[0.1]" },
        { "vae", "latents_std", "[0.1]" },
        { "vae", "shift_factor", "0.1159" },
        { "text_encoder", "hidden_act", "\"gelu_new\"" },
        { "text_encoder", "hidden_act", "null" },
        { "scheduler", "beta_schedule", "\"sigmoid\"" },
        { "scheduler", "prediction_type", "\"flow_prediction\"" },
        { "scheduler", "prediction_type", "5" },
        { "scheduler", "prediction_type", "null" },
        { "scheduler", "timestep_spacing", "\"karras\"" },
        { "scheduler", "trained_betas", "[0.1,0.2]" },
    };

    public static TheoryData<string, string, string> Harmless => new()
    {
        { "unet", "_name_or_path", "\"somewhere\"" },
        { "unet", "addition_time_embed_dim", "256" },
        { "unet", "addition_embed_type_num_heads", "64" },
        { "unet", "class_embeddings_concat", "false" },
        { "unet", "projection_class_embeddings_input_dim", "2816" },
        { "unet", "only_cross_attention", "[false,false,false]" },
        { "unet", "act_fn", "\"swish\"" },
        { "unet", "sample_size", "[64,96]" },
        { "unet", "sample_size", "null" },
        { "unet", "time_embedding_dim", "null" },
        { "unet", "mid_block_only_cross_attention", "false" },
        { "vae", "_name_or_path", "\"somewhere\"" },
        { "vae", "force_upcast", "false" },
        { "vae", "sample_size", "[256,256]" },
        { "text_encoder", "projection_dim", "1" },
        { "text_encoder", "torch_dtype", "\"float16\"" },
        { "text_encoder", "dropout", "0.0" },
        { "text_encoder", "pad_token_id", "1" },
        { "scheduler", "use_karras_sigmas", "true" },
        { "scheduler", "skip_prk_steps", "true" },
        { "scheduler", "variance_type", "\"fixed_small\"" },
        { "scheduler", "solver_order", "2" },
        { "scheduler", "trained_betas", "null" },
    };

    public static TheoryData<string, string, string> WrongTypes => new()
    {
        { "unet", "in_channels", "\"four\"" },
        { "unet", "in_channels", "4.5" },
        { "unet", "block_out_channels", "320" },
        { "unet", "block_out_channels", "[320,null]" },
        { "unet", "down_block_types", "[1,2,3]" },
        { "unet", "attention_head_dim", "[]" },
        { "unet", "layers_per_block", "[1,\"two\"]" },
        { "unet", "transformer_layers_per_block", "[[1,2],3]" },
        { "unet", "cross_attention_dim", "true" },
        { "unet", "sample_size", "[]" },
        { "unet", "use_linear_projection", "1" },
        { "unet", "norm_eps", "\"1e-5\"" },
        { "unet", "in_channels", "99999999999" },
        { "vae", "scaling_factor", "\"0.18\"" },
        { "vae", "layers_per_block", "[2]" },
        { "text_encoder", "num_hidden_layers", "{}" },
        { "scheduler", "steps_offset", "0.5" },
        { "scheduler", "clip_sample", "\"false\"" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_golden_config_reads(string model)
    {
        foreach (var (component, read) in Readers)
        {
            read(GoldenFolder.At(model, component, component == "scheduler" ? "scheduler_config.json" : "config.json"));
        }
    }

    [Fact]
    public void Published_unets_read_as_what_they_are()
    {
        var first = UNet2DConditionConfig.Parse(PublishedConfigs.Json(PublishedConfigs.UnetSd15), "SOURCE");
        Assert.Equal([8], first.AttentionHeadDim);
        Assert.Equal([768], first.CrossAttentionDim);
        Assert.Equal(64, first.SampleSize);
        Assert.False(first.UseLinearProjection || first.UpcastAttention);

        var second = UNet2DConditionConfig.Parse(PublishedConfigs.Json(PublishedConfigs.UnetSd21), "SOURCE");
        Assert.Equal([5, 10, 20, 20], second.AttentionHeadDim);
        Assert.Equal([1024], second.CrossAttentionDim);
        Assert.Equal(96, second.SampleSize);
        Assert.True(second.UseLinearProjection && second.UpcastAttention);
    }

    [Fact]
    public void Published_vae_and_text_encoders_read_as_what_they_are()
    {
        var vae = AutoencoderKLConfig.Parse(PublishedConfigs.Json(PublishedConfigs.Vae), "SOURCE");
        Assert.Equal(8, vae.DownscaleFactor);
        Assert.Equal(0.18215, vae.ScalingFactor);
        Assert.True(vae.UseQuantConv && vae.UsePostQuantConv && vae.MidBlockAddAttention);

        var first = ClipTextConfig.Parse(PublishedConfigs.Json(PublishedConfigs.TextEncoderSd15), "SOURCE");
        Assert.Equal((768, 12, 12, 2, "quick_gelu"), (first.HiddenSize, first.NumHiddenLayers, first.NumAttentionHeads, first.EosTokenId, first.HiddenAct));
        var second = ClipTextConfig.Parse(PublishedConfigs.Json(PublishedConfigs.TextEncoderSd21), "SOURCE");
        Assert.Equal((1024, 23, 16, 2, "gelu"), (second.HiddenSize, second.NumHiddenLayers, second.NumAttentionHeads, second.EosTokenId, second.HiddenAct));
    }

    [Fact]
    public void Published_schedulers_read_as_ddim()
    {
        var first = DdimConfig.Parse(PublishedConfigs.Json(PublishedConfigs.SchedulerSd15), "SOURCE");
        Assert.Equal(new DdimConfig { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = "scaled_linear", SetAlphaToOne = false, StepsOffset = 1, ClipSample = false }, first);
        Assert.Equal(first with { Prediction = PredictionKind.Velocity }, DdimConfig.Parse(PublishedConfigs.Json(PublishedConfigs.SchedulerSd21), "SOURCE"));
    }

    [Theory]
    [InlineData("epsilon", PredictionKind.Epsilon)]
    [InlineData("sample", PredictionKind.Sample)]
    [InlineData("v_prediction", PredictionKind.Velocity)]
    public void Prediction_types_read(string text, PredictionKind kind) => Assert.Equal(kind, DdimConfig.Parse(PublishedConfigs.Json($$"""{"prediction_type": "{{text}}"}"""), "SOURCE").Prediction);

    [Fact]
    public void Scheduler_that_says_nothing_takes_the_defaults_of_ddim() => Assert.Equal(
        new DdimConfig { NumTrainTimesteps = 1000, BetaStart = 1e-4, BetaEnd = 0.02, BetaSchedule = "linear", ClipSample = true, ClipSampleRange = 1, SetAlphaToOne = true, StepsOffset = 0, Thresholding = false, DynamicThresholdingRatio = 0.995, SampleMaxValue = 1, RescaleBetasZeroSnr = false, TimestepSpacing = TimestepSpacing.Leading, Prediction = PredictionKind.Epsilon },
        DdimConfig.Parse(PublishedConfigs.Json("{}"), "SOURCE"));

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_changes_the_result_is_refused_by_key_and_value(string component, string key, string value)
    {
        var message = Assert.Throws<NotSupportedException>(() => Parse(component, key, value)).Message;
        Assert.Contains("SOURCE", message);
        Assert.Contains($"{key} = {value}", message);
    }

    [Theory]
    [MemberData(nameof(Components))]
    public void Unknown_keys_are_refused_all_at_once(string component)
    {
        var json = Base(component);
        json["brand_new_knob"] = 3;
        json["other_knob"] = "x";
        var message = Assert.Throws<NotSupportedException>(() => Parsers[component](JsonSerializer.SerializeToElement(json))).Message;
        Assert.Contains("brand_new_knob = 3, other_knob = \"x\"", message);
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void What_changes_nothing_is_accepted(string component, string key, string value) => Parse(component, key, value);

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public void Values_of_the_wrong_type_are_refused_by_key(string component, string key, string value)
    {
        var message = Assert.Throws<InvalidDataException>(() => Parse(component, key, value)).Message;
        Assert.Equal($"SOURCE: {key} can't be {value}.", message);
    }

    [Fact]
    public void Vae_blocks_of_another_kind_or_number_are_refused_by_key()
    {
        Assert.Contains("down_block_types with AttnDownEncoderBlock2D", Assert.Throws<NotSupportedException>(() => Parse("vae", "down_block_types", """["DownEncoderBlock2D","AttnDownEncoderBlock2D","DownEncoderBlock2D","DownEncoderBlock2D"]""")).Message);
        Assert.Contains("up_block_types", Assert.Throws<InvalidDataException>(() => Parse("vae", "up_block_types", """["UpDecoderBlock2D"]""")).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("""{"in_channels": 4, "in_channels": 5}""")]
    [InlineData("""{"\ud800": 4}""")]
    [InlineData("""{"act_fn": "\ud800"}""")]
    [InlineData("""{"beta_schedule": "\ud800", "hidden_act": "\ud800", "act_fn": "\ud800"}""")]
    public void Files_that_are_no_json_object_are_refused_by_path(string text)
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("config.json", text);
        foreach (var read in Readers.Values)
        {
            var exception = Record.Exception(() => read(path));
            Assert.True(exception is InvalidDataException or NotSupportedException, $"{exception}");
            Assert.Contains(path, exception.Message);
        }
    }

    [Fact]
    public void Missing_files_are_named()
    {
        using var folder = new ScratchFolder();
        foreach (var read in Readers.Values)
        {
            Assert.Equal($"{folder.At("config.json")} is missing.", Assert.Throws<FileNotFoundException>(() => read(folder.At("config.json"))).Message);
        }
    }

    private static object Parse(string component, string key, string value)
    {
        var json = Base(component);
        json[key] = JsonNode.Parse(value);
        return Parsers[component](JsonSerializer.SerializeToElement(json));
    }

    private static JsonObject Base(string component) => JsonNode.Parse(component switch
    {
        "unet" => PublishedConfigs.UnetSd15,
        "vae" => PublishedConfigs.Vae,
        "text_encoder" => PublishedConfigs.TextEncoderSd15,
        _ => PublishedConfigs.SchedulerSd15,
    })!.AsObject();
}
