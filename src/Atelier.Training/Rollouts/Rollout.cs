using static TorchSharp.torch;

namespace Atelier.Training.Rollouts;

/// <summary>The trajectories and rewards of one epoch; owns its tensors.</summary>
internal sealed class Rollout : IDisposable
{
    /// <summary>Gets x_T … x₀ of each image, [S, n + 1, C, h, w].</summary>
    public required Tensor Latents { get; init; }

    /// <summary>Gets log p of each step, [S, n].</summary>
    public required Tensor LogProbabilities { get; init; }

    /// <summary>Gets the negative prompt of each image, [S].</summary>
    public required IReadOnlyList<string> NegativePrompts { get; init; }

    /// <summary>Gets the batches, with images and rewards.</summary>
    public required IReadOnlyList<SampleBatch> Batches { get; init; }

    /// <summary>Gets the prompt of each image, [S].</summary>
    public IReadOnlyList<string> Prompts => field ??= [.. Batches.SelectMany(batch => batch.Prompts)];

    /// <summary>Gets the reward of each image in sampling order, [S].</summary>
    public IReadOnlyList<float> Rewards => field ??= [.. Batches.SelectMany(batch => batch.Rewards)];

    public void Dispose()
    {
        Latents.Dispose();
        LogProbabilities.Dispose();
        foreach (var batch in Batches)
        {
            batch.Images.Dispose();
        }
    }
}
