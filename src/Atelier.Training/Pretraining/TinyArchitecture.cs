using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Schedulers;

namespace Atelier.Training.Pretraining;

/// <summary>The shapes of the embedded model's networks: a Stable Diffusion in miniature, made of the standard classes only.</summary>
public static class TinyArchitecture
{
    /// <summary>The images' height and width.</summary>
    public const int ImageSize = 64;

    /// <summary>The longest prompt, in tokens; the longest caption of the grammar has 15.</summary>
    public const int MaxTokens = 24;

    /// <summary>Gets the VAE: factor 8, latents 4×8×8. Few norm groups, because two channels a group destroy flat colours.</summary>
    public static AutoencoderKLConfig Vae { get; } = new()
    {
        BlockOutChannels = [8, 16, 32, 64],
        DownBlockTypes = ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
        UpBlockTypes = ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
        LayersPerBlock = 1,
        NormNumGroups = 2,
        SampleSize = ImageSize,
        ScalingFactor = 1,
    };

    /// <summary>Gets the UNet: two levels, both with attention.</summary>
    public static UNet2DConditionConfig Unet { get; } = new()
    {
        SampleSize = 8,
        BlockOutChannels = [48, 96],
        DownBlockTypes = ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        UpBlockTypes = ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
        LayersPerBlock = [1],
        CrossAttentionDim = [96],
        AttentionHeadDim = [4],
        NormNumGroups = 8,
    };

    /// <summary>Gets the noise schedule, Stable Diffusion's own.</summary>
    public static DdimConfig Schedule { get; } = new()
    {
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = "scaled_linear",
        ClipSample = false,
        SetAlphaToOne = false,
        StepsOffset = 1,
    };

    /// <summary>Describes the text encoder.</summary>
    /// <param name="vocabularySize">The number of tokens.</param>
    /// <param name="endToken">The end token's number.</param>
    /// <returns>Its shape.</returns>
    public static ClipTextConfig Text(int vocabularySize, int endToken) => new()
    {
        VocabSize = vocabularySize,
        HiddenSize = 96,
        IntermediateSize = 192,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = MaxTokens,
        EosTokenId = endToken,
    };
}
