using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>The level in the middle (diffusers' <c>UNetMidBlock2DCrossAttn</c>).</summary>
public sealed class MidBlock : Module
{
    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer> _attentions;

    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock2D> _resnets;

    /// <summary>Creates the level.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="layout">Its channel arithmetic.</param>
    /// <param name="placement">Where the weights live.</param>
    public MidBlock(UNet2DConditionConfig config, UNetLayout layout, Placement placement)
        : base(nameof(MidBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(layout);
        _attentions = UNetBlocks.Attentions(config, layout.Mid, 1, placement)!;
        _resnets = UNetBlocks.Resnets(config, layout.Mid, layout.TimeChannels, placement);
        RegisterComponents();
    }

    /// <summary>Runs the level.</summary>
    /// <param name="features">[B, C, H, W].</param>
    /// <param name="stage">Time and text.</param>
    /// <returns>[B, C, H, W], in the caller's dispose scope.</returns>
    internal Tensor Run(Tensor features, UNetStage stage)
    {
        using var scope = NewDisposeScope();
        var hidden = stage.Run(_resnets[0], _attentions[0], features);
        return stage.Run(_resnets[1], null, hidden).MoveToOuterDisposeScope();
    }
}
