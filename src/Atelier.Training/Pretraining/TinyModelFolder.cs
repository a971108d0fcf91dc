using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Weights;
using Atelier.Rewards.Scenes;
using Atelier.Tokenization;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Writes the embedded model in diffusers' layout, weights in half precision.</summary>
/// <remarks>Every file has the keys that diffusers 0.39 and transformers 4.57 write themselves, so that Python loads the folder unchanged.</remarks>
internal static class TinyModelFolder
{
    /// <summary>The name of the judge's file in the model's folder.</summary>
    public const string JudgeFileName = "judge.safetensors";

    private const string DiffusersVersion = "0.39.0";
    private const string DiffusersWeights = "diffusion_pytorch_model.safetensors";
    private const string ConfigFileName = "config.json";

    private static readonly JsonSerializerOptions Facts = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">The folder; it is made.</param>
    /// <param name="networks">The UNet and the text encoder.</param>
    /// <param name="vae">The VAE.</param>
    /// <param name="scalingFactor">The number that brings the VAE's latents to unit variance.</param>
    public static void Write(string folder, TinyNetworks networks, AutoencoderKL vae, double scalingFactor)
    {
        WriteNetwork(Path.Combine(folder, "unet"), DiffusersWeights, networks.Unet, Describe(networks.Unet.Config, UnetConstants()));
        WriteNetwork(Path.Combine(folder, "vae"), DiffusersWeights, vae, Describe(vae.Config with { ScalingFactor = scalingFactor }, VaeConstants()));
        WriteNetwork(
            Path.Combine(folder, "text_encoder"),
            "model.safetensors",
            networks.TextEncoder,
            Describe(networks.TextEncoder.Config, TextConstants(networks.Tokenizer, networks.TextEncoder.Config.HiddenSize)));
        WriteTokenizer(Path.Combine(folder, "tokenizer"));
        WriteJson(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "scheduler")).FullName, "scheduler_config.json"), Describe(TinyArchitecture.Schedule, SchedulerConstants()));
        Index().Write(Path.Combine(folder, ModelIndex.FileName));
    }

    /// <summary>Writes the four files of the tokenizer.</summary>
    /// <param name="folder">The folder; it is made.</param>
    /// <returns>The tokenizer that was written.</returns>
    public static ClipTokenizer WriteTokenizer(string folder)
    {
        ClipVocabulary.FromWords(SceneGrammar.Words).Write(folder, TinyArchitecture.MaxTokens);
        return ClipTokenizer.FromFolder(folder);
    }

    private static void WriteNetwork(string folder, string fileName, nn.Module network, JsonObject config)
    {
        Directory.CreateDirectory(folder);
        WriteJson(Path.Combine(folder, ConfigFileName), config);
        WeightWriter.Write(Path.Combine(folder, fileName), network, ScalarType.Float16);
    }

    private static ModelIndex Index() => new()
    {
        ClassName = "StableDiffusionPipeline",
        DiffusersVersion = DiffusersVersion,
        Components = new Dictionary<string, ModelComponent?>(StringComparer.Ordinal)
        {
            ["feature_extractor"] = null,
            ["image_encoder"] = null,
            ["safety_checker"] = null,
            ["scheduler"] = new("diffusers", "DDIMScheduler"),
            ["text_encoder"] = new("transformers", "CLIPTextModel"),
            ["tokenizer"] = new("transformers", "CLIPTokenizer"),
            ["unet"] = new("diffusers", "UNet2DConditionModel"),
            ["vae"] = new("diffusers", "AutoencoderKL"),
        },
        Settings = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["requires_safety_checker"] = JsonSerializer.SerializeToElement(false) },
    };

    private static JsonObject UnetConstants() => new()
    {
        ["_class_name"] = "UNet2DConditionModel",
        ["_diffusers_version"] = DiffusersVersion,
        ["act_fn"] = "silu",
        ["addition_embed_type"] = null,
        ["addition_embed_type_num_heads"] = 64,
        ["addition_time_embed_dim"] = null,
        ["attention_type"] = "default",
        ["class_embed_type"] = null,
        ["class_embeddings_concat"] = false,
        ["cross_attention_norm"] = null,
        ["dropout"] = 0.0,
        ["dual_cross_attention"] = false,
        ["encoder_hid_dim"] = null,
        ["encoder_hid_dim_type"] = null,
        ["mid_block_only_cross_attention"] = null,
        ["mid_block_scale_factor"] = 1,
        ["mid_block_type"] = "UNetMidBlock2DCrossAttn",
        ["num_attention_heads"] = null,
        ["num_class_embeds"] = null,
        ["only_cross_attention"] = false,
        ["projection_class_embeddings_input_dim"] = null,
        ["resnet_out_scale_factor"] = 1.0,
        ["resnet_skip_time_act"] = false,
        ["resnet_time_scale_shift"] = "default",
        ["reverse_transformer_layers_per_block"] = null,
        ["time_cond_proj_dim"] = null,
        ["time_embedding_act_fn"] = null,
        ["time_embedding_type"] = "positional",
        ["timestep_post_act"] = null,
    };

    private static JsonObject VaeConstants() => new()
    {
        ["_class_name"] = "AutoencoderKL",
        ["_diffusers_version"] = DiffusersVersion,
        ["act_fn"] = "silu",
        ["force_upcast"] = true,
        ["latents_mean"] = null,
        ["latents_std"] = null,
        ["shift_factor"] = null,
    };

    private static JsonObject TextConstants(ClipTokenizer tokenizer, int width) => new()
    {
        ["architectures"] = new JsonArray("CLIPTextModel"),
        ["attention_dropout"] = 0.0,
        ["bos_token_id"] = tokenizer.StartTokenId,
        ["dtype"] = "float16",
        ["initializer_factor"] = 1.0,
        ["initializer_range"] = 0.02,
        ["model_type"] = "clip_text_model",
        ["pad_token_id"] = tokenizer.EndTokenId,
        ["projection_dim"] = width,
    };

    private static JsonObject SchedulerConstants() => new()
    {
        ["_class_name"] = "DDIMScheduler",
        ["_diffusers_version"] = DiffusersVersion,
        ["prediction_type"] = "epsilon",
        ["timestep_spacing"] = "leading",
        ["trained_betas"] = null,
    };

    // Keys in ordinal order, as diffusers writes them.
    private static JsonObject Describe<TFacts>(TFacts facts, JsonObject constants)
    {
        var own = JsonSerializer.SerializeToNode(facts, Facts)!.AsObject().Where(pair => !constants.ContainsKey(pair.Key));
        return new JsonObject(own.Concat(constants).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
    }

    private static void WriteJson(string path, JsonObject json) => File.WriteAllText(path, json.ToJsonString(Indented) + "\n");
}
