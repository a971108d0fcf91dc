using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Enlarges by repeating pixels, then convolves.</summary>
public sealed class Upsample2D : Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly AdaptableConv2d _conv;

    /// <summary>Creates the layer.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="placement">Where the weights live.</param>
    public Upsample2D(long channels, Placement placement)
        : base(nameof(Upsample2D))
    {
        _conv = new AdaptableConv2d(channels, channels, ConvolutionWindow.Same, placement);
        RegisterComponents();
    }

    /// <summary>Doubles height and width.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <returns>[B, C, 2H, 2W], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Resize(features, features.shape[2] * 2, features.shape[3] * 2);
    }

    /// <summary>Enlarges to a given size, for the levels whose size was odd on the way down.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <param name="height">H′.</param>
    /// <param name="width">W′.</param>
    /// <returns>[B, C, H′, W′], in the caller's dispose scope.</returns>
    public Tensor Resize(Tensor features, long height, long width)
    {
        using var scope = NewDisposeScope();
        var larger = functional.interpolate(features, size: [height, width], mode: InterpolationMode.Nearest);
        return _conv.call(larger).MoveToOuterDisposeScope();
    }
}
