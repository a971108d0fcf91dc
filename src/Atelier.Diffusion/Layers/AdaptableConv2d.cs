using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>A square convolution with a slot for a low-rank adapter. Its weights are uninitialised until they are loaded or initialised.</summary>
public sealed class AdaptableConv2d : Module<Tensor, Tensor>, IAdaptableLayer
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    private readonly long[] _stride;
    private readonly long[] _padding;
    private LowRankAdapter? _adapter;

    /// <summary>Creates the layer.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="window">The kernel, stride and padding.</param>
    /// <param name="placement">Where the weights live.</param>
    public AdaptableConv2d(long inputs, long outputs, ConvolutionWindow window, Placement placement)
        : base(nameof(AdaptableConv2d))
    {
        ArgumentNullException.ThrowIfNull(placement);
        _stride = [window.Stride, window.Stride];
        _padding = [window.Padding, window.Padding];
        _weight = placement.NewParameter(outputs, inputs, window.KernelSize, window.KernelSize);
        _bias = placement.NewParameter(outputs);
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

    /// <summary>Convolves, with the adapter's part where there is one.</summary>
    /// <param name="features">x, [B, inputs, H, W].</param>
    /// <returns>[B, outputs, H′, W′], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        if (_adapter is null)
        {
            return functional.conv2d(features, _weight, _bias, _stride, _padding);
        }

        if (_adapter.FoldedWeight is { } folded)
        {
            return functional.conv2d(features, folded, _bias, _stride, _padding);
        }

        using var scope = NewDisposeScope();
        var low = functional.conv2d(features, _adapter.Down.to(features.dtype), null, _stride, _padding);
        var update = functional.conv2d(low, _adapter.Up.Times(_adapter.Factor).to(features.dtype));
        return functional.conv2d(features, _weight, _bias, _stride, _padding).Plus(update).MoveToOuterDisposeScope();
    }
}
