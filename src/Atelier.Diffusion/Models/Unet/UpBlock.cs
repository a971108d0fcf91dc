using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>One level on the way up (diffusers' <c>UpBlock2D</c> and <c>CrossAttnUpBlock2D</c>).</summary>
public sealed class UpBlock : Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? _attentions;

    [ComponentName(Name = "upsamplers")]
    private readonly ModuleList<Upsample2D>? _upsamplers;

    /// <summary>Creates the level.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="level">The level's shape.</param>
    /// <param name="timeChannels">The width of the time embedding.</param>
    /// <param name="placement">Where the weights live.</param>
    public UpBlock(UNet2DConditionConfig config, UNetLevel level, long timeChannels, Placement placement)
        : base(nameof(UpBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(level);
        _resnets = UNetBlocks.Resnets(config, level, timeChannels, placement);
        _attentions = UNetBlocks.Attentions(config, level, level.ResnetInputs.Count, placement);
        _upsamplers = level.Resizes ? new ModuleList<Upsample2D>(new Upsample2D(level.Channels, placement)) : null;
        RegisterComponents();
    }

    /// <summary>Runs the level, joining each block's input with what the way down recorded.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <param name="stage">Time and text.</param>
    /// <param name="skips">What the way down recorded; this level's part is taken off.</param>
    /// <returns>[B, C′, H′, W′], in the caller's dispose scope.</returns>
    internal Tensor Run(Tensor features, UNetStage stage, Stack<Tensor> skips)
    {
        using var scope = NewDisposeScope();
        var hidden = features;
        for (var i = 0; i < _resnets.Count; i++)
        {
            var joined = cat([hidden, skips.Pop()], dim: 1);
            hidden = stage.Run(_resnets[i], _attentions?[i], joined);
        }

        if (_upsamplers is not null)
        {
            var next = skips.Peek().shape; // the next level's size: twice this one's, or one less where that was odd
            hidden = _upsamplers[0].Resize(hidden, next[2], next[3]);
        }

        return hidden.MoveToOuterDisposeScope();
    }
}
