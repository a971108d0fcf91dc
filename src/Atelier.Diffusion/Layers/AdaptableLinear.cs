using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>A linear layer with a slot for a low-rank adapter. Its weights are uninitialised until they are loaded or initialised.</summary>
public sealed class AdaptableLinear : Module<Tensor, Tensor>, IAdaptableLayer
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    private LowRankAdapter? _adapter;

    /// <summary>Creates the layer.</summary>
    /// <param name="inputs">The number of input features.</param>
    /// <param name="outputs">The number of output features.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    /// <param name="placement">Where the weights live.</param>
    public AdaptableLinear(long inputs, long outputs, bool hasBias, Placement placement)
        : base(nameof(AdaptableLinear))
    {
        ArgumentNullException.ThrowIfNull(placement);
        _weight = placement.NewParameter(outputs, inputs);
        _bias = hasBias ? placement.NewParameter(outputs) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Parameter Weight => _weight;

    /// <inheritdoc/>
    public LowRankAdapter? Adapter => _adapter;

    /// <inheritdoc/>
    public void Attach(LowRankAdapter adapter)
    {
        if (_adapter is not null)
        {
            throw new InvalidOperationException("The layer has an adapter already.");
        }

        register_module("adapter", adapter);
        _adapter = adapter;
    }

    /// <summary>Computes x·Wᵀ + b, with the adapter's part where there is one.</summary>
    /// <param name="features">x, [..., inputs].</param>
    /// <returns>[..., outputs], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        if (_adapter is null)
        {
            return functional.linear(features, _weight, _bias);
        }

        if (_adapter.FoldedWeight is { } folded)
        {
            return functional.linear(features, folded, _bias);
        }

        using var scope = NewDisposeScope();
        var low = functional.linear(features, _adapter.Down.to(features.dtype));
        var update = functional.linear(low, _adapter.Up.Times(_adapter.Factor).to(features.dtype));
        return functional.linear(features, _weight, _bias).Plus(update).MoveToOuterDisposeScope();
    }
}
