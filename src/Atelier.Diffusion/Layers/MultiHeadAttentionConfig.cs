namespace Atelier.Diffusion.Layers;

/// <summary>The shape of a <see cref="MultiHeadAttention"/>.</summary>
public sealed record MultiHeadAttentionConfig
{
    /// <summary>Gets the width of the tokens that ask and of the result.</summary>
    public required long Width { get; init; }

    /// <summary>Gets the width of the tokens that are looked at.</summary>
    public required long ContextWidth { get; init; }

    /// <summary>Gets the number of heads.</summary>
    public required long HeadCount { get; init; }

    /// <summary>Gets whether the query, key and value projections have a bias.</summary>
    public bool HasInputBias { get; init; }

    /// <summary>Gets whether scores are computed in single precision whatever the weights' type.</summary>
    public bool UpcastsScores { get; init; }
}
