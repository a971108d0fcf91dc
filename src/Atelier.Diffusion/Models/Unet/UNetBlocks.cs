using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>Builds the lists of layers that all levels share.</summary>
internal static class UNetBlocks
{
    public static ModuleList<ResnetBlock2D> Resnets(UNet2DConditionConfig config, UNetLevel level, long timeChannels, Placement placement)
    {
        var resnets = new ModuleList<ResnetBlock2D>();
        foreach (var inputs in level.ResnetInputs)
        {
            var block = new ResnetBlock2DConfig
            {
                InChannels = inputs,
                OutChannels = level.Channels,
                TimeChannels = timeChannels,
                NormGroups = config.NormNumGroups,
                NormEpsilon = config.NormEps,
            };
            resnets.Add(new ResnetBlock2D(block, placement));
        }

        return resnets;
    }

    public static ModuleList<SpatialTransformer>? Attentions(UNet2DConditionConfig config, UNetLevel level, int count, Placement placement)
    {
        if (level.TransformerDepth == 0)
        {
            return null;
        }

        var shape = new TransformerBlockConfig
        {
            Channels = level.Channels,
            HeadCount = level.HeadCount,
            ContextWidth = level.ContextWidth,
            BlockCount = level.TransformerDepth,
            NormGroups = config.NormNumGroups,
            UsesLinearProjection = config.UseLinearProjection,
            UpcastsScores = config.UpcastAttention,
        };
        var attentions = new ModuleList<SpatialTransformer>();
        for (var i = 0; i < count; i++)
        {
            attentions.Add(new SpatialTransformer(shape, placement));
        }

        return attentions;
    }
}
