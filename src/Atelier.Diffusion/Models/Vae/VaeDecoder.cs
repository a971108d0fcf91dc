using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>Maps latents to images.</summary>
public sealed class VaeDecoder : Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")]
    private readonly AdaptableConv2d _inputConv;

    [ComponentName(Name = "mid_block")]
    private readonly VaeMidBlock _midBlock;

    [ComponentName(Name = "up_blocks")]
    private readonly ModuleList<VaeUpBlock> _upBlocks;

    [ComponentName(Name = "conv_norm_out")]
    private readonly GroupNorm _outputNorm;

    [ComponentName(Name = "conv_out")]
    private readonly AdaptableConv2d _outputConv;

    /// <summary>Creates the decoder.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public VaeDecoder(AutoencoderKLConfig config, Placement placement)
        : base(nameof(VaeDecoder))
    {
        ArgumentNullException.ThrowIfNull(config);
        var channels = config.BlockOutChannels;
        _inputConv = new AdaptableConv2d(config.LatentChannels, channels[^1], ConvolutionWindow.Same, placement);
        _midBlock = new VaeMidBlock(config, placement);
        _upBlocks = new ModuleList<VaeUpBlock>([.. Enumerable.Range(0, channels.Count).Select(i => new VaeUpBlock(config, i, placement))]);
        _outputNorm = Norms.Group(config.NormNumGroups, channels[0], VaeMidBlock.NormEpsilon, placement);
        _outputConv = new AdaptableConv2d(channels[0], config.OutChannels, ConvolutionWindow.Same, placement);
        RegisterComponents();
    }

    /// <summary>Decodes.</summary>
    /// <param name="latents">[B, LatentChannels, h, w], after the 1×1 convolution.</param>
    /// <returns>[B, OutChannels, H, W], about [-1, 1], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var hidden = _midBlock.call(_inputConv.call(latents));
        foreach (var block in _upBlocks)
        {
            hidden = block.call(hidden);
        }

        return _outputConv.call(ActivationKernel.Silu(_outputNorm.call(hidden))).MoveToOuterDisposeScope();
    }
}
