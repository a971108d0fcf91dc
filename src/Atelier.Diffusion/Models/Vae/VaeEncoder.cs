using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>Maps images to the parameters of a latent distribution.</summary>
public sealed class VaeEncoder : Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")]
    private readonly AdaptableConv2d _inputConv;

    [ComponentName(Name = "down_blocks")]
    private readonly ModuleList<VaeDownBlock> _downBlocks;

    [ComponentName(Name = "mid_block")]
    private readonly VaeMidBlock _midBlock;

    [ComponentName(Name = "conv_norm_out")]
    private readonly GroupNorm _outputNorm;

    [ComponentName(Name = "conv_out")]
    private readonly AdaptableConv2d _outputConv;

    /// <summary>Creates the encoder.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live.</param>
    public VaeEncoder(AutoencoderKLConfig config, Placement placement)
        : base(nameof(VaeEncoder))
    {
        ArgumentNullException.ThrowIfNull(config);
        var channels = config.BlockOutChannels;
        _inputConv = new AdaptableConv2d(config.InChannels, channels[0], ConvolutionWindow.Same, placement);
        _downBlocks = new ModuleList<VaeDownBlock>([.. Enumerable.Range(0, channels.Count).Select(i => new VaeDownBlock(config, i, placement))]);
        _midBlock = new VaeMidBlock(config, placement);
        _outputNorm = Norms.Group(config.NormNumGroups, channels[^1], VaeMidBlock.NormEpsilon, placement);
        _outputConv = new AdaptableConv2d(channels[^1], config.LatentChannels * 2, ConvolutionWindow.Same, placement);
        RegisterComponents();
    }

    /// <summary>Encodes.</summary>
    /// <param name="images">[B, InChannels, H, W] in [-1, 1].</param>
    /// <returns>Means and log-variances before the 1×1 convolution, [B, 2·LatentChannels, h, w], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var hidden = _inputConv.call(images);
        foreach (var block in _downBlocks)
        {
            hidden = block.call(hidden);
        }

        hidden = _midBlock.call(hidden);
        return _outputConv.call(ActivationKernel.Silu(_outputNorm.call(hidden))).MoveToOuterDisposeScope();
    }
}
