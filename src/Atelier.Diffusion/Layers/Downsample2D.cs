using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Halves height and width with a convolution.</summary>
public sealed class Downsample2D : Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly AdaptableConv2d _conv;

    private readonly bool _padsAfter;

    /// <summary>Creates the layer.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="padding">1 pads every side, as the UNet does; 0 pads right and bottom only, as the VAE's encoder does.</param>
    /// <param name="placement">Where the weights live.</param>
    public Downsample2D(long channels, long padding, Placement placement)
        : base(nameof(Downsample2D))
    {
        _padsAfter = padding == 0;
        _conv = new AdaptableConv2d(channels, channels, new ConvolutionWindow(3, 2, padding), placement);
        RegisterComponents();
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <returns>[B, C, ⌈H/2⌉, ⌈W/2⌉] for padding 1, [B, C, ⌊H/2⌋, ⌊W/2⌋] for 0; in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        if (!_padsAfter)
        {
            return _conv.call(features);
        }

        using var padded = functional.pad(features, [0, 1, 0, 1]);
        return _conv.call(padded);
    }
}
