using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Multi-head attention from one sequence of tokens to another, or to itself.</summary>
/// <remarks>Source: Vaswani et al. 2017 (arXiv:1706.03762), section 3.2.2; parameter names as diffusers' <c>Attention</c>.</remarks>
public sealed class MultiHeadAttention : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "to_q")]
    private readonly AdaptableLinear _query;

    [ComponentName(Name = "to_k")]
    private readonly AdaptableLinear _key;

    [ComponentName(Name = "to_v")]
    private readonly AdaptableLinear _value;

    [ComponentName(Name = "to_out")]
    private readonly ModuleList<AdaptableLinear> _output;

    private readonly long _headCount;
    private readonly bool _upcastsScores;

    /// <summary>Creates the layer.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="placement">Where the weights live.</param>
    /// <exception cref="ArgumentException">The width is not a multiple of the number of heads.</exception>
    public MultiHeadAttention(MultiHeadAttentionConfig config, Placement placement)
        : base(nameof(MultiHeadAttention))
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.HeadCount < 1 || config.Width % config.HeadCount != 0)
        {
            throw new ArgumentException($"A width of {config.Width} can't be split into {config.HeadCount} heads.", nameof(config));
        }

        _headCount = config.HeadCount;
        _upcastsScores = config.UpcastsScores;
        _query = new AdaptableLinear(config.Width, config.Width, config.HasInputBias, placement);
        _key = new AdaptableLinear(config.ContextWidth, config.Width, config.HasInputBias, placement);
        _value = new AdaptableLinear(config.ContextWidth, config.Width, config.HasInputBias, placement);
        _output = new ModuleList<AdaptableLinear>(new AdaptableLinear(config.Width, config.Width, hasBias: true, placement));
        RegisterComponents();
    }

    /// <summary>Attends.</summary>
    /// <param name="tokens">What asks, [B, T, Width].</param>
    /// <param name="context">What is looked at, [B, S, ContextWidth]; pass <paramref name="tokens"/> for self-attention.</param>
    /// <returns>[B, T, Width], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens, Tensor context)
    {
        using var scope = NewDisposeScope();
        var attended = AttentionKernel.AttendInHeads(_query.call(tokens), _key.call(context), _value.call(context), _headCount, upcasts: _upcastsScores);
        return _output[0].call(attended).MoveToOuterDisposeScope();
    }
}
