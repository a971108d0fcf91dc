using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>One level on the way down (diffusers' <c>DownBlock2D</c> and <c>CrossAttnDownBlock2D</c>).</summary>
public sealed class DownBlock : Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? _attentions;

    [ComponentName(Name = "downsamplers")]
    private readonly ModuleList<Downsample2D>? _downsamplers;

    /// <summary>Creates the level.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="level">The level's shape.</param>
    /// <param name="timeChannels">The width of the time embedding.</param>
    /// <param name="placement">Where the weights live.</param>
    public DownBlock(UNet2DConditionConfig config, UNetLevel level, long timeChannels, Placement placement)
        : base(nameof(DownBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(level);
        _resnets = UNetBlocks.Resnets(config, level, timeChannels, placement);
        _attentions = UNetBlocks.Attentions(config, level, level.ResnetInputs.Count, placement);
        _downsamplers = level.Resizes ? new ModuleList<Downsample2D>(new Downsample2D(level.Channels, config.DownsamplePadding, placement)) : null;
        RegisterComponents();
    }

    /// <summary>Runs the level and records what the way up needs.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <param name="stage">Time and text.</param>
    /// <param name="skips">Receives every layer's result; all of them are in the caller's dispose scope.</param>
    /// <returns>The last of them.</returns>
    internal Tensor Run(Tensor features, UNetStage stage, Stack<Tensor> skips)
    {
        var hidden = features;
        for (var i = 0; i < _resnets.Count; i++)
        {
            hidden = stage.Run(_resnets[i], _attentions?[i], hidden);
            skips.Push(hidden);
        }

        if (_downsamplers is not null)
        {
            hidden = _downsamplers[0].call(hidden);
            skips.Push(hidden);
        }

        return hidden;
    }
}
