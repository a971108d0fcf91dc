using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Models.Unet;

/// <summary>The text-conditional UNet of Stable Diffusion 1.x and 2.x: predicts the noise (or velocity) in latents.</summary>
/// <remarks>
/// Source: Rombach et al. 2022 (arXiv:2112.10752), section 3; parameter names as diffusers' class of the same name.
/// Weights are uninitialised until they are loaded or initialised.
/// </remarks>
public sealed class UNet2DConditionModel : Module<Tensor, Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")]
    private readonly AdaptableConv2d _inputConv;

    [ComponentName(Name = "time_embedding")]
    private readonly TimestepEmbedding _timeEmbedding;

    [ComponentName(Name = "down_blocks")]
    private readonly ModuleList<DownBlock> _downBlocks;

    [ComponentName(Name = "mid_block")]
    private readonly MidBlock _midBlock;

    [ComponentName(Name = "up_blocks")]
    private readonly ModuleList<UpBlock> _upBlocks;

    [ComponentName(Name = "conv_norm_out")]
    private readonly GroupNorm _outputNorm;

    [ComponentName(Name = "conv_out")]
    private readonly AdaptableConv2d _outputConv;

    /// <summary>Creates the network.</summary>
    /// <param name="config">The facts of the checkpoint.</param>
    /// <param name="placement">Where the weights live, and in which format.</param>
    /// <exception cref="NotSupportedException">The config asks for a block that is not implemented.</exception>
    public UNet2DConditionModel(UNet2DConditionConfig config, Placement placement)
        : base(nameof(UNet2DConditionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(placement);
        Config = config;
        var layout = UNetLayout.From(config);
        var channels = config.BlockOutChannels[0];

        _inputConv = new AdaptableConv2d(config.InChannels, channels, KeepingSize(config.ConvInKernel), placement);
        _timeEmbedding = new TimestepEmbedding(channels, layout.TimeChannels, placement);
        _downBlocks = new ModuleList<DownBlock>([.. layout.Down.Select(level => new DownBlock(config, level, layout.TimeChannels, placement))]);
        _midBlock = new MidBlock(config, layout, placement);
        _upBlocks = new ModuleList<UpBlock>([.. layout.Up.Select(level => new UpBlock(config, level, layout.TimeChannels, placement))]);
        _outputNorm = Norms.Group(config.NormNumGroups, channels, config.NormEps, placement);
        _outputConv = new AdaptableConv2d(channels, config.OutChannels, KeepingSize(config.ConvOutKernel), placement);
        RegisterComponents();
    }

    /// <summary>Gets the facts of the checkpoint.</summary>
    public UNet2DConditionConfig Config { get; }

    /// <summary>Gets or sets whether each block keeps only its inputs for the backward pass and is computed again there: less memory, a third more time.</summary>
    public bool RecomputesActivations { get; set; }

    /// <summary>Predicts the noise or velocity.</summary>
    /// <param name="latents">xₜ, [B, InChannels, H, W]; H and W may be any size that the levels can halve down to 1.</param>
    /// <param name="timesteps">t, [B], any number type.</param>
    /// <param name="condition">The text embeddings, [B, S, CrossAttentionDim].</param>
    /// <returns>[B, OutChannels, H, W] in the latents' type, in the caller's dispose scope; differentiable in the weights and the latents.</returns>
    /// <exception cref="ArgumentException">A shape differs from the one given here.</exception>
    public override Tensor forward(Tensor latents, Tensor timesteps, Tensor condition)
    {
        Shapes.Require(latents, [Shapes.Any, Config.InChannels, Shapes.Any, Shapes.Any]);
        Shapes.Require(timesteps, [latents.shape[0]]);
        Shapes.Require(condition, [latents.shape[0], Shapes.Any, Config.CrossAttentionDim[0]]);

        using var scope = NewDisposeScope();
        var codes = TimestepEmbedding.Sinusoids(timesteps, Config.BlockOutChannels[0], Config.FlipSinToCos, Config.FreqShift);
        var time = functional.silu(_timeEmbedding.call(codes.to(latents.dtype))); // every block would apply SiLU to the same tensor
        var stage = new UNetStage(time, condition, RecomputesActivations);
        var skips = new Stack<Tensor>();

        var hidden = _inputConv.call(Config.CenterInputSample ? (latents * 2) - 1 : latents);
        skips.Push(hidden);
        foreach (var block in _downBlocks)
        {
            hidden = block.Run(hidden, stage, skips);
        }

        hidden = _midBlock.Run(hidden, stage);
        foreach (var block in _upBlocks)
        {
            hidden = block.Run(hidden, stage, skips);
        }

        return _outputConv.call(ActivationKernel.Silu(_outputNorm.call(hidden))).MoveToOuterDisposeScope();
    }

    private static ConvolutionWindow KeepingSize(int kernelSize) => new(kernelSize, 1, (kernelSize - 1) / 2);
}
