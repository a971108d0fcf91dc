using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>Single-head self-attention over the pixels in the middle of the VAE.</summary>
public sealed class VaeAttention : Module<Tensor, Tensor>
{
    [ComponentName(Name = "group_norm")]
    private readonly GroupNorm _norm;

    [ComponentName(Name = "to_q")]
    private readonly AdaptableLinear _query;

    [ComponentName(Name = "to_k")]
    private readonly AdaptableLinear _key;

    [ComponentName(Name = "to_v")]
    private readonly AdaptableLinear _value;

    [ComponentName(Name = "to_out")]
    private readonly ModuleList<AdaptableLinear> _output;

    /// <summary>Creates the layer.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="groups">The number of groups of the norm.</param>
    /// <param name="placement">Where the weights live.</param>
    public VaeAttention(long channels, long groups, Placement placement)
        : base(nameof(VaeAttention))
    {
        _norm = Norms.Group(groups, channels, VaeMidBlock.NormEpsilon, placement);
        _query = new AdaptableLinear(channels, channels, hasBias: true, placement);
        _key = new AdaptableLinear(channels, channels, hasBias: true, placement);
        _value = new AdaptableLinear(channels, channels, hasBias: true, placement);
        _output = new ModuleList<AdaptableLinear>(new AdaptableLinear(channels, channels, hasBias: true, placement));
        RegisterComponents();
    }

    /// <summary>Attends.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <returns>[B, C, H, W], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        var tokens = _norm.call(features).flatten(2).transpose(1, 2); // [B, H·W, C]
        var attended = AttentionKernel.Attend(
            _query.call(tokens).unsqueeze(1), _key.call(tokens).unsqueeze(1), _value.call(tokens).unsqueeze(1)).squeeze(1);
        return _output[0].call(attended).transpose(1, 2).reshape(features.shape).Plus(features).MoveToOuterDisposeScope();
    }
}
