using System.Text.Json;
using System.Text.Json.Serialization;
using Atelier.Diffusion.Configs;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>The facts in a UNet's <c>config.json</c>.</summary>
public sealed record UNet2DConditionConfig
{
    private static readonly ConfigReader Reader = new()
    {
        Harmless =
        [
            "_class_name", "_diffusers_version", "_name_or_path", "addition_embed_type_num_heads", "class_embeddings_concat",
            "projection_class_embeddings_input_dim", "addition_time_embed_dim",
        ],
        Required = new Dictionary<string, object?[]>(StringComparer.Ordinal)
        {
            ["act_fn"] = ["silu", "swish"],
            ["addition_embed_type"] = [null],
            ["attention_type"] = ["default"],
            ["class_embed_type"] = [null],
            ["cross_attention_norm"] = [null],
            ["dropout"] = [0.0],
            ["dual_cross_attention"] = [false],
            ["encoder_hid_dim"] = [null], // without a type it means a projection of the text embeddings
            ["encoder_hid_dim_type"] = [null],
            ["mid_block_only_cross_attention"] = [null, false],
            ["mid_block_scale_factor"] = [1.0],
            ["mid_block_type"] = ["UNetMidBlock2DCrossAttn"],
            ["num_attention_heads"] = [null],
            ["num_class_embeds"] = [null],
            ["only_cross_attention"] = [false],
            ["resnet_out_scale_factor"] = [1.0],
            ["resnet_skip_time_act"] = [false],
            ["resnet_time_scale_shift"] = ["default"],
            ["reverse_transformer_layers_per_block"] = [null],
            ["time_cond_proj_dim"] = [null],
            ["time_embedding_act_fn"] = [null],
            ["time_embedding_type"] = ["positional"],
            ["timestep_post_act"] = [null],
        },
    };

    /// <summary>Gets the latents' height and width that the network was trained for.</summary>
    [JsonConverter(typeof(FirstOrOnlyConverter))]
    public int? SampleSize { get; init; }

    /// <summary>Gets the number of latent channels that come in.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Gets the number of channels that go out.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Gets whether inputs are mapped from [0, 1] to [-1, 1] first.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>Gets whether the cosines of the time code come before the sines.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Gets what is subtracted from the time code's half width in the exponent.</summary>
    public double FreqShift { get; init; }

    /// <summary>Gets the kinds of the levels on the way down.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"];

    /// <summary>Gets the kinds of the levels on the way up.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"];

    /// <summary>Gets the number of channels of each level.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Gets the number of residual blocks of each level on the way down; one more on the way up.</summary>
    [JsonConverter(typeof(OneOrManyConverter))]
    public IReadOnlyList<int> LayersPerBlock { get; init; } = [2];

    /// <summary>Gets the padding of the layers that halve the size: 1 or 0.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>Gets the number of groups of the norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Gets what the norms add to the variance.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Gets the width of the text embeddings at each level.</summary>
    [JsonConverter(typeof(OneOrManyConverter))]
    public IReadOnlyList<int> CrossAttentionDim { get; init; } = [1280];

    /// <summary>Gets the number of transformer blocks in a row at each level.</summary>
    [JsonConverter(typeof(OneOrManyConverter))]
    public IReadOnlyList<int> TransformerLayersPerBlock { get; init; } = [1];

    /// <summary>Gets the number of attention heads of each level; published configurations call it by this name, whatever it says.</summary>
    [JsonConverter(typeof(OneOrManyConverter))]
    public IReadOnlyList<int> AttentionHeadDim { get; init; } = [8];

    /// <summary>Gets whether the attention layers' projections in and out are linear layers and not 1×1 convolutions.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Gets whether attention scores are computed in single precision whatever the weights' type.</summary>
    public bool UpcastAttention { get; init; }

    /// <summary>Gets the size of the first convolution's kernel.</summary>
    public int ConvInKernel { get; init; } = 3;

    /// <summary>Gets the size of the last convolution's kernel.</summary>
    public int ConvOutKernel { get; init; } = 3;

    /// <summary>Gets the width of the time embedding, where it is not four times the first level's channels.</summary>
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that changes the result and is not implemented; the message names file, key and value.</exception>
    public static UNet2DConditionConfig Read(string path) => Reader.Read<UNet2DConditionConfig>(path);

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that is not implemented.</exception>
    public static UNet2DConditionConfig Parse(JsonElement json, string source) => Reader.Parse<UNet2DConditionConfig>(json, source);
}
