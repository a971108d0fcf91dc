using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>The residual block of the UNet and the VAE: norm, SiLU, convolution, twice, with the time embedding added in between.</summary>
/// <remarks>Source: Ho et al. 2020 (arXiv:2006.11239), appendix B, as in diffusers' class of the same name.</remarks>
public sealed class ResnetBlock2D : Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "norm1")]
    private readonly GroupNorm _inputNorm;

    [ComponentName(Name = "conv1")]
    private readonly AdaptableConv2d _inputConv;

    [ComponentName(Name = "time_emb_proj")]
    private readonly AdaptableLinear? _timeProjection;

    [ComponentName(Name = "norm2")]
    private readonly GroupNorm _outputNorm;

    [ComponentName(Name = "conv2")]
    private readonly AdaptableConv2d _outputConv;

    [ComponentName(Name = "conv_shortcut")]
    private readonly AdaptableConv2d? _shortcut;

    /// <summary>Creates the block.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="placement">Where the weights live.</param>
    public ResnetBlock2D(ResnetBlock2DConfig config, Placement placement)
        : base(nameof(ResnetBlock2D))
    {
        ArgumentNullException.ThrowIfNull(config);

        _inputNorm = Norms.Group(config.NormGroups, config.InChannels, config.NormEpsilon, placement);
        _inputConv = new AdaptableConv2d(config.InChannels, config.OutChannels, ConvolutionWindow.Same, placement);
        _timeProjection = config.TimeChannels == 0 ? null : new AdaptableLinear(config.TimeChannels, config.OutChannels, hasBias: true, placement);
        _outputNorm = Norms.Group(config.NormGroups, config.OutChannels, config.NormEpsilon, placement);
        _outputConv = new AdaptableConv2d(config.OutChannels, config.OutChannels, ConvolutionWindow.Same, placement);
        _shortcut = config.InChannels == config.OutChannels
            ? null
            : new AdaptableConv2d(config.InChannels, config.OutChannels, ConvolutionWindow.Pointwise, placement);

        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="features">x, [B, InChannels, H, W].</param>
    /// <param name="timeEmbedding">SiLU(t), [B, TimeChannels]; null for a block that does not see the time.</param>
    /// <returns>y, [B, OutChannels, H, W], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features, Tensor? timeEmbedding)
    {
        using var scope = NewDisposeScope();

        var hidden = _inputConv.call(ActivationKernel.Silu(_inputNorm.call(features)));
        if (_timeProjection is not null)
        {
            ArgumentNullException.ThrowIfNull(timeEmbedding);
            hidden.PlusInPlace(_timeProjection.call(timeEmbedding).unsqueeze(-1).unsqueeze(-1)); // [B, C, 1, 1]
        }

        hidden = _outputConv.call(ActivationKernel.Silu(_outputNorm.call(hidden)));
        var residual = _shortcut is null ? features : _shortcut.call(features);
        return hidden.PlusInPlace(residual).MoveToOuterDisposeScope();
    }
}
