using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Self-attention, cross-attention to the text, and a feed-forward network, each after a norm and added to its input.</summary>
public sealed class TransformerBlock : Module<Tensor, Tensor, Tensor>
{
    private const double NormEpsilon = 1e-5;

    [ComponentName(Name = "norm1")]
    private readonly LayerNorm _selfNorm;

    [ComponentName(Name = "attn1")]
    private readonly MultiHeadAttention _selfAttention;

    [ComponentName(Name = "norm2")]
    private readonly LayerNorm _crossNorm;

    [ComponentName(Name = "attn2")]
    private readonly MultiHeadAttention _crossAttention;

    [ComponentName(Name = "norm3")]
    private readonly LayerNorm _feedForwardNorm;

    [ComponentName(Name = "ff")]
    private readonly FeedForward _feedForward;

    /// <summary>Creates the block.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="placement">Where the weights live.</param>
    public TransformerBlock(TransformerBlockConfig config, Placement placement)
        : base(nameof(TransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var self = new MultiHeadAttentionConfig { Width = config.Channels, ContextWidth = config.Channels, HeadCount = config.HeadCount, UpcastsScores = config.UpcastsScores };
        _selfNorm = Norms.Layer(config.Channels, NormEpsilon, placement);
        _selfAttention = new MultiHeadAttention(self, placement);
        _crossNorm = Norms.Layer(config.Channels, NormEpsilon, placement);
        _crossAttention = new MultiHeadAttention(self with { ContextWidth = config.ContextWidth }, placement);
        _feedForwardNorm = Norms.Layer(config.Channels, NormEpsilon, placement);
        _feedForward = new FeedForward(config.Channels, placement);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="tokens">[B, T, Channels].</param>
    /// <param name="condition">The text embeddings, [B, S, ContextWidth].</param>
    /// <returns>[B, T, Channels], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens, Tensor condition)
    {
        using var scope = NewDisposeScope();
        var normed = _selfNorm.call(tokens);
        var hidden = _selfAttention.call(normed, normed).PlusInPlace(tokens);
        hidden = _crossAttention.call(_crossNorm.call(hidden), condition).PlusInPlace(hidden);
        return _feedForward.call(_feedForwardNorm.call(hidden)).PlusInPlace(hidden).MoveToOuterDisposeScope();
    }
}
