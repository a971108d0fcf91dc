using static TorchSharp.torch;

namespace Atelier.Training.Rollouts;

/// <summary>One sampled batch, as image hooks receive it.</summary>
/// <param name="Images">[B, 3, H, W] in [0, 1]; valid while the hook runs.</param>
/// <param name="Prompts">The prompt of each image.</param>
/// <param name="PromptMetadata">What the prompt function gave beside each prompt.</param>
/// <param name="Rewards">The reward of each image.</param>
/// <param name="RewardMetadata">What the reward said beside them; null where it said nothing.</param>
/// <param name="Seeds">The seed of each image, from which it can be made again.</param>
public sealed record SampleBatch(
    Tensor Images,
    IReadOnlyList<string> Prompts,
    IReadOnlyList<object?> PromptMetadata,
    IReadOnlyList<float> Rewards,
    IReadOnlyDictionary<string, object>? RewardMetadata,
    IReadOnlyList<long> Seeds);
