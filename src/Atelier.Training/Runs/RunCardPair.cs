namespace Atelier.Training.Runs;

/// <summary>A picture of the trained model for a card.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="After">Its path in the repository.</param>
/// <param name="RewardAfter">What it earned.</param>
internal sealed record RunCardPair(string Prompt, long Seed, string After, float? RewardAfter)
{
    /// <summary>Gets the path of the untrained model's picture of the same prompt and seed; null when there is none.</summary>
    public string? Before { get; init; }

    /// <summary>Gets what that one earned.</summary>
    public float? RewardBefore { get; init; }
}
