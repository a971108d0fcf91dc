using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>One layer of CLIP's text encoder: attention and a feed-forward network, each after a norm and added to its input.</summary>
public sealed class ClipEncoderLayer : Module<Tensor, Tensor>
{
    [ComponentName(Name = "layer_norm1")]
    private readonly LayerNorm _attentionNorm;

    [ComponentName(Name = "self_attn")]
    private readonly ClipSelfAttention _attention;

    [ComponentName(Name = "layer_norm2")]
    private readonly LayerNorm _feedForwardNorm;

    [ComponentName(Name = "mlp")]
    private readonly ClipFeedForward _feedForward;

    /// <summary>Creates the layer.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public ClipEncoderLayer(ClipTextConfig config, Placement placement)
        : base(nameof(ClipEncoderLayer))
    {
        ArgumentNullException.ThrowIfNull(config);
        _attentionNorm = Norms.Layer(config.HiddenSize, config.LayerNormEps, placement);
        _attention = new ClipSelfAttention(config, placement);
        _feedForwardNorm = Norms.Layer(config.HiddenSize, config.LayerNormEps, placement);
        _feedForward = new ClipFeedForward(config, placement);
        RegisterComponents();
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="tokens">[B, T, HiddenSize].</param>
    /// <returns>[B, T, HiddenSize], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var hidden = _attention.call(_attentionNorm.call(tokens)).PlusInPlace(tokens);
        return _feedForward.call(_feedForwardNorm.call(hidden)).PlusInPlace(hidden).MoveToOuterDisposeScope();
    }
}
