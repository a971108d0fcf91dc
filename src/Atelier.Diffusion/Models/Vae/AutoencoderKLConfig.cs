using System.Text.Json;
using System.Text.Json.Serialization;
using Atelier.Diffusion.Configs;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>The facts in a VAE's <c>config.json</c>.</summary>
public sealed record AutoencoderKLConfig
{
    private static readonly ConfigReader Reader = new()
    {
        Harmless = ["_class_name", "_diffusers_version", "_name_or_path", "force_upcast"],
        Required = new Dictionary<string, object?[]>(StringComparer.Ordinal)
        {
            ["act_fn"] = ["silu", "swish"],
            ["latents_mean"] = [null],
            ["latents_std"] = [null],
            ["shift_factor"] = [null],
        },
    };

    /// <summary>Gets the number of image channels that come in.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Gets the number of image channels that go out.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Gets the number of latent channels.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Gets the number of channels of each level.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [64];

    /// <summary>Gets the kinds of the encoder's levels.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = ["DownEncoderBlock2D"];

    /// <summary>Gets the kinds of the decoder's levels.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = ["UpDecoderBlock2D"];

    /// <summary>Gets the number of residual blocks of each of the encoder's levels; one more in the decoder's.</summary>
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>Gets the number of groups of the norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Gets the image size that the network was trained for.</summary>
    [JsonConverter(typeof(FirstOrOnlyConverter))]
    public int? SampleSize { get; init; }

    /// <summary>Gets the number that brings latents to unit variance.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Gets whether the middle has an attention layer.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>Gets whether a 1×1 convolution follows the encoder.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Gets whether a 1×1 convolution precedes the decoder.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Gets how many image pixels lie along one latent pixel.</summary>
    [JsonIgnore]
    public int DownscaleFactor => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that changes the result and is not implemented; the message names file, key and value.</exception>
    public static AutoencoderKLConfig Read(string path) => Check(Reader.Read<AutoencoderKLConfig>(path), path);

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value has the wrong type.</exception>
    /// <exception cref="NotSupportedException">A key has a value that is not implemented.</exception>
    public static AutoencoderKLConfig Parse(JsonElement json, string source) => Check(Reader.Parse<AutoencoderKLConfig>(json, source), source);

    private static AutoencoderKLConfig Check(AutoencoderKLConfig config, string source)
    {
        var count = config.BlockOutChannels.Count;
        if (config.DownBlockTypes.Count != count || config.UpBlockTypes.Count != count || count == 0)
        {
            throw new InvalidDataException($"{source}: down_block_types, up_block_types and block_out_channels must have one entry for each level; they have {config.DownBlockTypes.Count}, {config.UpBlockTypes.Count} and {count}.");
        }

        var other = Other("down_block_types", config.DownBlockTypes, "DownEncoderBlock2D").Concat(Other("up_block_types", config.UpBlockTypes, "UpDecoderBlock2D")).ToList();
        return other.Count == 0 ? config : throw new NotSupportedException($"{source} asks for what is not implemented: {string.Join(", ", other)}.");

        static IEnumerable<string> Other(string key, IEnumerable<string> types, string known) =>
            types.Where(type => !type.Equals(known, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Select(type => $"{key} with {type}");
    }
}
