using static TorchSharp.torch;

namespace Atelier.Rewards;

/// <summary>Rewards pictures for being of one colour.</summary>
/// <remarks>
/// <para>
/// With c the colour, d = c − mean(c) its difference from grey, and x a picture's mean colour:
/// <code>
/// reward = √(3/2) ⟨x, d / ‖d‖⟩
/// </code>
/// so that it is mean red − ½ mean green − ½ mean blue for pure red. Grey pictures get 0.
/// </para>
/// <para>A grey target has no such direction: a light one (white) gives the mean of all channels, a dark one (black) 1 minus that.</para>
/// </remarks>
public sealed class ColourReward : IReward
{
    // A target whose channels are closer together than this has no colour of its own.
    private const double GreyRange = .05;

    private readonly double[] _weights;
    private readonly double _offset;

    /// <summary>Creates the reward.</summary>
    /// <param name="options">The colour; null for red.</param>
    /// <exception cref="ArgumentOutOfRangeException">A channel of the colour is outside [0, 1].</exception>
    public ColourReward(ColourRewardOptions? options = null)
    {
        options ??= ColourRewardOptions.For(Scenes.SceneColour.Red);
        double[] target = [options.Red, options.Green, options.Blue];
        foreach (var channel in target)
        {
            if (channel is not (>= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(options), channel, "Each channel of the colour must be in [0, 1].");
            }
        }

        (_weights, _offset) = Direction(target);
        Name = $"colour_{options.ColourName ?? string.Concat(target.Select(channel => $"{(int)Math.Round(channel * 255):x2}"))}";
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public string Unit => "";

    /// <summary>Scores a batch.</summary>
    /// <param name="batch">The images; the prompts do not matter.</param>
    /// <param name="cancellationToken">Asks to give up.</param>
    /// <returns>Numbers in [-1, 1], 0 for grey; in [0, 1] where the target is grey itself.</returns>
    public ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();

        var means = batch.Images.to(float32).mean([2, 3]).cpu().data<float>().ToArray(); // [B, 3]
        return ValueTask.FromResult(new RewardResult([.. means.Chunk(3).Select(Score)]));
    }

    private float Score(float[] mean) =>
        (float)(_offset + (_weights[0] * mean[0]) + (_weights[1] * mean[1]) + (_weights[2] * mean[2]));

    private static (double[] Weights, double Offset) Direction(double[] target)
    {
        var grey = target.Average();
        if (target.Max() - target.Min() < GreyRange)
        {
            return grey >= .5 ? ([1 / 3.0, 1 / 3.0, 1 / 3.0], 0) : ([-1 / 3.0, -1 / 3.0, -1 / 3.0], 1);
        }

        var difference = Array.ConvertAll(target, channel => channel - grey);
        var scale = Math.Sqrt(1.5 / difference.Sum(channel => channel * channel));
        return (Array.ConvertAll(difference, channel => channel * scale), 0);
    }
}
