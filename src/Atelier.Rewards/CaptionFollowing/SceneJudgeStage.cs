using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Rewards;

/// <summary>Halves the resolution of a judge's features, then refines them by one residual convolution.</summary>
internal sealed class SceneJudgeStage : Module<Tensor, Tensor>
{
    [ComponentName(Name = "down")]
    private readonly Conv2d _down;

    [ComponentName(Name = "down_norm")]
    private readonly GroupNorm _downNorm;

    [ComponentName(Name = "refine")]
    private readonly Conv2d _refine;

    [ComponentName(Name = "refine_norm")]
    private readonly GroupNorm _refineNorm;

    public SceneJudgeStage(int inputChannels, int outputChannels, int groupCount)
        : base(nameof(SceneJudgeStage))
    {
        _down = Conv2d(inputChannels, outputChannels, kernel_size: 3, stride: 2, padding: 1);
        _downNorm = GroupNorm(groupCount, outputChannels);
        _refine = Conv2d(outputChannels, outputChannels, kernel_size: 3, padding: 1);
        _refineNorm = GroupNorm(groupCount, outputChannels);

        RegisterComponents();
    }

    /// <summary>Runs the stage.</summary>
    /// <param name="features">[B, InputChannels, H, W].</param>
    /// <returns>[B, OutputChannels, H / 2, W / 2], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();

        var halved = functional.silu(_downNorm.call(_down.call(features)));
        var refined = functional.silu(_refineNorm.call(_refine.call(halved)));

        return (halved + refined).MoveToOuterDisposeScope();
    }
}
