using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>CLIP's text encoder, as Stable Diffusion uses it.</summary>
/// <remarks>
/// Source: Radford et al. 2021 (arXiv:2103.00020), section 2.4; parameter names as transformers' class of the same name.
/// No mask hides the padding, as in Stable Diffusion's training. Weights are uninitialised until they are loaded or initialised.
/// </remarks>
public sealed class ClipTextModel : Module<Tensor, Tensor>
{
    [ComponentName(Name = "text_model")]
    private readonly ClipTextTransformer _transformer;

    /// <summary>Creates the network.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live, and in which format.</param>
    public ClipTextModel(ClipTextConfig config, Placement placement)
        : base(nameof(ClipTextModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(placement);
        Config = config;
        _transformer = new ClipTextTransformer(config, placement);
        RegisterComponents();
    }

    /// <summary>Gets the facts of the checkpoint.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Computes the embeddings that condition the UNet.</summary>
    /// <param name="tokenIds">[B, T], whole numbers; T at most MaxPositionEmbeddings.</param>
    /// <returns>The last hidden state after the final norm, [B, T, HiddenSize], in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A shape differs from the one given here, or the sequence is too long.</exception>
    public override Tensor forward(Tensor tokenIds)
    {
        using var scope = NewDisposeScope();
        return Encode(tokenIds).LastHiddenState.MoveToOuterDisposeScope();
    }

    /// <summary>Computes everything that is known about texts.</summary>
    /// <param name="tokenIds">[B, T], whole numbers; T at most MaxPositionEmbeddings.</param>
    /// <returns>The result, its tensors in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A shape differs from the one given here, or the sequence is too long.</exception>
    public ClipTextOutput Encode(Tensor tokenIds)
    {
        Shapes.Require(tokenIds, [Shapes.Any, Shapes.Any]);
        if (tokenIds.shape[1] > Config.MaxPositionEmbeddings)
        {
            throw new ArgumentException($"The text encoder takes at most {Config.MaxPositionEmbeddings} tokens, got {tokenIds.shape[1]}.", nameof(tokenIds));
        }

        using var scope = NewDisposeScope();
        var (last, penultimate) = _transformer.Run(tokenIds);
        const int LegacyEndToken = 2;
        var ends = Config.EosTokenId == LegacyEndToken ? tokenIds.argmax(-1) : tokenIds.eq(Config.EosTokenId).to(ScalarType.Int32).argmax(-1);
        var pooled = last[arange(tokenIds.shape[0], device: tokenIds.device), ends];
        scope.MoveToOuter(last, penultimate, pooled);
        return new ClipTextOutput(last, penultimate, pooled);
    }
}
