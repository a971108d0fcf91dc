using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>The middle of the VAE's encoder and decoder: a residual block, attention, a residual block.</summary>
public sealed class VaeMidBlock : Module<Tensor, Tensor>
{
    internal const double NormEpsilon = 1e-6;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<VaeAttention>? _attentions;

    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    /// <summary>Creates the block.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public VaeMidBlock(AutoencoderKLConfig config, Placement placement)
        : base(nameof(VaeMidBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        long channels = config.BlockOutChannels[^1];
        _attentions = config.MidBlockAddAttention ? new ModuleList<VaeAttention>(new VaeAttention(channels, config.NormNumGroups, placement)) : null;
        _resnets = new ModuleList<ResnetBlock2D>(Resnet(config, channels, channels, placement), Resnet(config, channels, channels, placement));
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <returns>[B, C, H, W], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        var hidden = _resnets[0].call(features, null);
        hidden = _attentions is null ? hidden : _attentions[0].call(hidden);
        return _resnets[1].call(hidden, null).MoveToOuterDisposeScope();
    }

    internal static ResnetBlock2D Resnet(AutoencoderKLConfig config, long inputs, long outputs, Placement placement) => new(
        new ResnetBlock2DConfig { InChannels = inputs, OutChannels = outputs, NormGroups = config.NormNumGroups, NormEpsilon = NormEpsilon }, placement);
}
