using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>One level of the VAE's encoder (diffusers' <c>DownEncoderBlock2D</c>).</summary>
public sealed class VaeDownBlock : Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [ComponentName(Name = "downsamplers")]
    private readonly ModuleList<Downsample2D>? _downsamplers;

    /// <summary>Creates the level.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="index">Which level, from 0.</param>
    /// <param name="placement">Where the weights live.</param>
    public VaeDownBlock(AutoencoderKLConfig config, int index, Placement placement)
        : base(nameof(VaeDownBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var channels = config.BlockOutChannels;
        _resnets = new ModuleList<ResnetBlock2D>();
        for (var i = 0; i < config.LayersPerBlock; i++)
        {
            _resnets.Add(VaeMidBlock.Resnet(config, i == 0 ? channels[Math.Max(index - 1, 0)] : channels[index], channels[index], placement));
        }

        _downsamplers = index < channels.Count - 1 ? new ModuleList<Downsample2D>(new Downsample2D(channels[index], padding: 0, placement)) : null;
        RegisterComponents();
    }

    /// <summary>Runs the level.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <returns>[B, C′, H/2, W/2], or the same size at the last level; in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        var hidden = features;
        foreach (var resnet in _resnets)
        {
            hidden = resnet.call(hidden, null);
        }

        hidden = _downsamplers is null ? hidden : _downsamplers[0].call(hidden);
        return hidden.MoveToOuterDisposeScope();
    }
}
