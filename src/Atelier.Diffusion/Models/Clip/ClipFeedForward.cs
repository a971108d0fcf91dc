using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>CLIP's feed-forward network.</summary>
public sealed class ClipFeedForward : Module<Tensor, Tensor>
{
    [ComponentName(Name = "fc1")]
    private readonly AdaptableLinear _inner;

    [ComponentName(Name = "fc2")]
    private readonly AdaptableLinear _outer;

    private readonly bool _isQuick;

    /// <summary>Creates the network.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public ClipFeedForward(ClipTextConfig config, Placement placement)
        : base(nameof(ClipFeedForward))
    {
        ArgumentNullException.ThrowIfNull(config);
        _isQuick = config.HiddenAct.Equals("quick_gelu", StringComparison.Ordinal);
        _inner = new AdaptableLinear(config.HiddenSize, config.IntermediateSize, hasBias: true, placement);
        _outer = new AdaptableLinear(config.IntermediateSize, config.HiddenSize, hasBias: true, placement);
        RegisterComponents();
    }

    /// <summary>Runs the network.</summary>
    /// <param name="tokens">[B, T, HiddenSize].</param>
    /// <returns>[B, T, HiddenSize], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var hidden = _inner.call(tokens);
        return _outer.call(_isQuick ? ActivationKernel.QuickGelu(hidden) : functional.gelu(hidden)).MoveToOuterDisposeScope();
    }
}
