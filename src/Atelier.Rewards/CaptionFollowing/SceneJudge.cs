using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Rewards.Scenes;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Rewards;

/// <summary>Sees what a picture of the drawn world shows.</summary>
/// <remarks>
/// A convolutional network that is trained on drawn pictures alone, so that it is independent of the models whose pictures it judges:
/// a stem and three halvings, from 64 by 64 pixels to 4 by 4 positions, each halving followed by a residual convolution, then one hidden layer.
/// </remarks>
public sealed class SceneJudge : Module<Tensor, Tensor>
{
    private const int Side = SceneRenderer.Side;
    private const int GroupCount = 8;
    private const int HiddenWidth = 96;

    private static readonly long[] Sizes =
    [
        SceneGrammar.Shapes.Count,
        SceneGrammar.Colours.Count,
        SceneGrammar.Colours.Count,
        Enum.GetValues<SceneTexture>().Length,
        Enum.GetValues<ScenePlace>().Length,
    ];

    [ComponentName(Name = "stem")]
    private readonly Conv2d _stem;

    [ComponentName(Name = "stem_norm")]
    private readonly GroupNorm _stemNorm;

    [ComponentName(Name = "fine_stage")]
    private readonly SceneJudgeStage _fineStage;

    [ComponentName(Name = "middle_stage")]
    private readonly SceneJudgeStage _middleStage;

    [ComponentName(Name = "coarse_stage")]
    private readonly SceneJudgeStage _coarseStage;

    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;

    [ComponentName(Name = "output")]
    private readonly Linear _output;

    /// <summary>Creates a judge that has not learnt anything.</summary>
    /// <param name="seed">Decides its weights.</param>
    public SceneJudge(long seed = 0)
        : base(nameof(SceneJudge))
    {
        _stem = Conv2d(3, 24, kernel_size: 3, stride: 2, padding: 1);
        _stemNorm = GroupNorm(GroupCount, 24);
        _fineStage = new SceneJudgeStage(24, 40, GroupCount);
        _middleStage = new SceneJudgeStage(40, 64, GroupCount);
        _coarseStage = new SceneJudgeStage(64, 96, GroupCount);
        _hidden = Linear(96 * 4 * 4, HiddenWidth);
        _output = Linear(HiddenWidth, Sizes.Sum());

        RegisterComponents();
        Initialise(seed);
    }

    /// <summary>Loads a trained judge.</summary>
    /// <param name="path">A safetensors file with its weights, such as <c>judge.safetensors</c> in the folder of the embedded model.</param>
    /// <returns>The judge, in single precision on the CPU; the caller disposes it.</returns>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="TensorFileException">The file is damaged.</exception>
    /// <exception cref="WeightMismatchException">The file holds other weights.</exception>
    public static SceneJudge Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var judge = new SceneJudge();
        try
        {
            WeightLoader.Load(judge, file);
            foreach (var parameter in judge.parameters())
            {
                parameter.requires_grad = false;
            }

            judge.eval();
            return judge;
        }
        catch
        {
            judge.Dispose();
            throw;
        }
    }

    /// <summary>Gets how many logits each fact has, in their order: shape, colour, background colour, texture, place.</summary>
    public static IReadOnlyList<long> LogitCounts => Sizes;

    /// <summary>Computes the logits of all facts.</summary>
    /// <param name="images">Pictures in [0, 1], [B, 3, 64, 64].</param>
    /// <returns>The logits, those of one fact after those of another as in <see cref="LogitCounts"/>, [B, 33], in the caller's dispose scope.</returns>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();

        var features = functional.silu(_stemNorm.call(_stem.call((images * 2) - 1)));
        features = _coarseStage.call(_middleStage.call(_fineStage.call(features)));
        var hidden = functional.silu(_hidden.call(features.flatten(1)));

        return _output.call(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>Says what pictures show.</summary>
    /// <param name="images">Pictures in [0, 1], [B, 3, H, W]; those of another size than 64 by 64 are averaged to it.</param>
    /// <returns>One verdict for each picture. Nothing in it is a tensor.</returns>
    /// <exception cref="ArgumentException"><paramref name="images"/> has another shape.</exception>
    public SceneVerdict[] Judge(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        RewardBatch.RequireImages(images, nameof(images));

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();

        var weights = _stem.weight!;
        var pictures = images.to(weights.device).to(weights.dtype);
        if (pictures.shape[2] != Side || pictures.shape[3] != Side)
        {
            pictures = functional.adaptive_avg_pool2d(pictures, [Side, Side]);
        }

        var parts = call(pictures).split(Sizes, dim: 1).Select(Probabilities).ToArray();
        return [.. Enumerable.Range(0, (int)images.shape[0]).Select(index => new SceneVerdict(
            new(parts[0][index]), new(parts[1][index]), new(parts[2][index]), new(parts[3][index]), new(parts[4][index])))];
    }

    private static float[][] Probabilities(Tensor logits) =>
        [.. logits.to(float32).softmax(1).cpu().data<float>().ToArray().Chunk((int)logits.shape[1])];

    // TorchSharp would take weights from its global generator, and leaves those of group norms undefined.
    private void Initialise(long seed)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (name, parameter) in named_parameters())
        {
            if (parameter.dim() > 1)
            {
                var inputCount = parameter.numel() / parameter.shape[0];
                parameter.copy_(randn(parameter.shape, generator: generator) * Math.Sqrt(2.0 / inputCount));
            }
            else
            {
                parameter.fill_(name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0);
            }
        }
    }
}
