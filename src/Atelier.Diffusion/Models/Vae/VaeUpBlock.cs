using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>One level of the VAE's decoder (diffusers' <c>UpDecoderBlock2D</c>).</summary>
public sealed class VaeUpBlock : Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [ComponentName(Name = "upsamplers")]
    private readonly ModuleList<Upsample2D>? _upsamplers;

    /// <summary>Creates the level.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="index">Which level on the way up, from 0.</param>
    /// <param name="placement">Where the weights live.</param>
    public VaeUpBlock(AutoencoderKLConfig config, int index, Placement placement)
        : base(nameof(VaeUpBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var channels = config.BlockOutChannels.Reverse().ToArray();
        _resnets = new ModuleList<ResnetBlock2D>();
        for (var i = 0; i <= config.LayersPerBlock; i++)
        {
            _resnets.Add(VaeMidBlock.Resnet(config, i == 0 ? channels[Math.Max(index - 1, 0)] : channels[index], channels[index], placement));
        }

        _upsamplers = index < channels.Length - 1 ? new ModuleList<Upsample2D>(new Upsample2D(channels[index], placement)) : null;
        RegisterComponents();
    }

    /// <summary>Runs the level.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <returns>[B, C′, 2H, 2W], or the same size at the last level; in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        var hidden = features;
        foreach (var resnet in _resnets)
        {
            hidden = resnet.call(hidden, null);
        }

        hidden = _upsamplers is null ? hidden : _upsamplers[0].call(hidden);
        return hidden.MoveToOuterDisposeScope();
    }
}
