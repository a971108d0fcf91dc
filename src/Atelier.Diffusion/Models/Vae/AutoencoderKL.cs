using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Vae;

/// <summary>The variational autoencoder of Stable Diffusion.</summary>
/// <remarks>
/// Source: Kingma and Welling 2014 (arXiv:1312.6114); Rombach et al. 2022 (arXiv:2112.10752), section 3.1; parameter names as diffusers' class of the same name.
/// Weights are uninitialised until they are loaded or initialised.
/// </remarks>
public sealed class AutoencoderKL : Module
{
    [ComponentName(Name = "encoder")]
    private readonly VaeEncoder _encoder;

    [ComponentName(Name = "decoder")]
    private readonly VaeDecoder _decoder;

    [ComponentName(Name = "quant_conv")]
    private readonly AdaptableConv2d? _afterEncoder;

    [ComponentName(Name = "post_quant_conv")]
    private readonly AdaptableConv2d? _beforeDecoder;

    /// <summary>Creates the network.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live, and in which format.</param>
    public AutoencoderKL(AutoencoderKLConfig config, Placement placement)
        : base(nameof(AutoencoderKL))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(placement);
        Config = config;
        long channels = config.LatentChannels;
        _encoder = new VaeEncoder(config, placement);
        _decoder = new VaeDecoder(config, placement);
        _afterEncoder = config.UseQuantConv ? new AdaptableConv2d(channels * 2, channels * 2, ConvolutionWindow.Pointwise, placement) : null;
        _beforeDecoder = config.UsePostQuantConv ? new AdaptableConv2d(channels, channels, ConvolutionWindow.Pointwise, placement) : null;
        RegisterComponents();
    }

    /// <summary>Gets the facts of the checkpoint.</summary>
    public AutoencoderKLConfig Config { get; }

    /// <summary>Encodes images.</summary>
    /// <param name="images">[B, InChannels, H, W] in [-1, 1]; H and W are multiples of the downscale factor.</param>
    /// <returns>The distribution of the latents (not yet scaled), [B, LatentChannels, h, w], its tensors in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A shape differs from the one given here.</exception>
    public LatentDistribution Encode(Tensor images)
    {
        Shapes.Require(images, [Shapes.Any, Config.InChannels, Shapes.Any, Shapes.Any]);
        if (images.shape[2] % Config.DownscaleFactor != 0 || images.shape[3] % Config.DownscaleFactor != 0)
        {
            throw new ArgumentException($"Height and width must be multiples of {Config.DownscaleFactor}, got {Shapes.Describe(images.shape)}.", nameof(images));
        }

        using var scope = NewDisposeScope();
        var hidden = _encoder.call(images);
        var moments = (_afterEncoder is null ? hidden : _afterEncoder.call(hidden)).chunk(2, dim: 1);
        var (mean, logVariance) = (moments[0].alias(), moments[1].clamp(-30, 20));
        scope.MoveToOuter(mean, logVariance);
        return new LatentDistribution(mean, logVariance);
    }

    /// <summary>Decodes latents.</summary>
    /// <param name="latents">z, not scaled, [B, LatentChannels, h, w].</param>
    /// <returns>[B, OutChannels, H, W], about [-1, 1], in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A shape differs from the one given here.</exception>
    public Tensor Decode(Tensor latents)
    {
        Shapes.Require(latents, [Shapes.Any, Config.LatentChannels, Shapes.Any, Shapes.Any]);
        using var scope = NewDisposeScope();
        return _decoder.call(_beforeDecoder is null ? latents : _beforeDecoder.call(latents)).MoveToOuterDisposeScope();
    }
}
