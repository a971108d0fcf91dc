using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Runs transformer blocks over the pixels of a feature map (diffusers' <c>Transformer2DModel</c>).</summary>
public sealed class SpatialTransformer : Module<Tensor, Tensor, Tensor>
{
    private const double NormEpsilon = 1e-6;

    [ComponentName(Name = "norm")]
    private readonly GroupNorm _norm;

    [ComponentName(Name = "proj_in")]
    private readonly Module<Tensor, Tensor> _projectIn;

    [ComponentName(Name = "transformer_blocks")]
    private readonly ModuleList<TransformerBlock> _blocks;

    [ComponentName(Name = "proj_out")]
    private readonly Module<Tensor, Tensor> _projectOut;

    private readonly bool _usesLinearProjection;

    /// <summary>Creates the layer.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="placement">Where the weights live.</param>
    public SpatialTransformer(TransformerBlockConfig config, Placement placement)
        : base(nameof(SpatialTransformer))
    {
        ArgumentNullException.ThrowIfNull(config);
        _usesLinearProjection = config.UsesLinearProjection;
        _norm = Norms.Group(config.NormGroups, config.Channels, NormEpsilon, placement);
        _projectIn = Projection(config, placement);
        _blocks = new ModuleList<TransformerBlock>();
        for (var i = 0L; i < config.BlockCount; i++)
        {
            _blocks.Add(new TransformerBlock(config, placement));
        }

        _projectOut = Projection(config, placement);
        RegisterComponents();
    }

    /// <summary>Runs the blocks.</summary>
    /// <param name="features">[B, Channels, H, W].</param>
    /// <param name="condition">The text embeddings, [B, S, ContextWidth].</param>
    /// <returns>[B, Channels, H, W], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features, Tensor condition)
    {
        using var scope = NewDisposeScope();
        var (batch, channels, height, width) = (features.shape[0], features.shape[1], features.shape[2], features.shape[3]);
        var hidden = _norm.call(features);
        if (!_usesLinearProjection)
        {
            hidden = _projectIn.call(hidden);
        }

        hidden = hidden.view(batch, channels, height * width).transpose(1, 2); // [B, H·W, C]
        if (_usesLinearProjection)
        {
            hidden = _projectIn.call(hidden);
        }

        foreach (var block in _blocks)
        {
            hidden = block.call(hidden, condition);
        }

        if (_usesLinearProjection)
        {
            hidden = _projectOut.call(hidden);
        }

        hidden = hidden.transpose(1, 2).reshape(batch, channels, height, width).contiguous(); // as in diffusers: channels last, what follows would round otherwise
        if (!_usesLinearProjection)
        {
            hidden = _projectOut.call(hidden);
        }

        return hidden.PlusInPlace(features).MoveToOuterDisposeScope();
    }

    private static Module<Tensor, Tensor> Projection(TransformerBlockConfig config, Placement placement) => config.UsesLinearProjection
        ? new AdaptableLinear(config.Channels, config.Channels, hasBias: true, placement)
        : new AdaptableConv2d(config.Channels, config.Channels, ConvolutionWindow.Pointwise, placement);
}
