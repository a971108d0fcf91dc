namespace Atelier.Rewards;

/// <summary>Holds the rewards of one batch.</summary>
/// <param name="Rewards">One for each picture, in the order of the batch; larger is better.</param>
/// <param name="Metadata">What else the reward found out, for logs and image hooks; null for nothing.</param>
public sealed record RewardResult(float[] Rewards, IReadOnlyDictionary<string, object>? Metadata = null);
