using static TorchSharp.torch;

namespace Atelier.Rewards;

/// <summary>Scores images in a user's own words.</summary>
/// <param name="images">Pictures in [0, 1], [B, 3, H, W], borrowed.</param>
/// <param name="prompts">The prompt of each picture.</param>
/// <param name="promptMetadata">What the source of the prompts said about each, or null.</param>
/// <returns>B rewards; larger is better.</returns>
public delegate float[] RewardFunction(Tensor images, IReadOnlyList<string> prompts, IReadOnlyList<object?> promptMetadata);
