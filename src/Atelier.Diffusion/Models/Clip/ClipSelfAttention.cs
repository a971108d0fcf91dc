using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>CLIP's causal self-attention.</summary>
public sealed class ClipSelfAttention : Module<Tensor, Tensor>
{
    [ComponentName(Name = "q_proj")]
    private readonly AdaptableLinear _query;

    [ComponentName(Name = "k_proj")]
    private readonly AdaptableLinear _key;

    [ComponentName(Name = "v_proj")]
    private readonly AdaptableLinear _value;

    [ComponentName(Name = "out_proj")]
    private readonly AdaptableLinear _output;

    private readonly long _headCount;

    /// <summary>Creates the layer.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public ClipSelfAttention(ClipTextConfig config, Placement placement)
        : base(nameof(ClipSelfAttention))
    {
        ArgumentNullException.ThrowIfNull(config);
        _headCount = config.NumAttentionHeads;
        _query = new AdaptableLinear(config.HiddenSize, config.HiddenSize, hasBias: true, placement);
        _key = new AdaptableLinear(config.HiddenSize, config.HiddenSize, hasBias: true, placement);
        _value = new AdaptableLinear(config.HiddenSize, config.HiddenSize, hasBias: true, placement);
        _output = new AdaptableLinear(config.HiddenSize, config.HiddenSize, hasBias: true, placement);
        RegisterComponents();
    }

    /// <summary>Attends; a token sees itself and those before it.</summary>
    /// <param name="tokens">[B, T, HiddenSize].</param>
    /// <returns>[B, T, HiddenSize], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var attended = AttentionKernel.AttendInHeads(_query.call(tokens), _key.call(tokens), _value.call(tokens), _headCount, isCausal: true);
        return _output.call(attended).MoveToOuterDisposeScope();
    }
}
