using static TorchSharp.torch;

namespace Atelier.Rewards;

/// <summary>Makes a reward of a function.</summary>
public sealed class LambdaReward : IReward
{
    private readonly RewardFunction _function;

    /// <summary>Wraps a function.</summary>
    /// <param name="name">The name that logs and reports show.</param>
    /// <param name="function">Scores the images. Its temporary tensors are disposed for it.</param>
    /// <param name="unit">The unit of its numbers; empty for plain ones.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is blank.</exception>
    public LambdaReward(string name, RewardFunction function, string unit = "")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(unit);

        Name = name;
        Unit = unit;
        _function = function;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public string Unit { get; }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">The function returned another number of rewards than there are images.</exception>
    public ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();

        var rewards = _function(batch.Images, batch.Prompts, batch.PromptMetadata);
        if (rewards is null || rewards.Length != batch.Count)
        {
            throw new InvalidOperationException($"The reward '{Name}' returned {rewards?.Length.ToString() ?? "no array of"} rewards for {batch.Count} images.");
        }

        return ValueTask.FromResult(new RewardResult(rewards));
    }
}
