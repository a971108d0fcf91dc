namespace Atelier.Diffusion.Layers;

/// <summary>The shape of a <see cref="SpatialTransformer"/> and of its blocks.</summary>
public sealed record TransformerBlockConfig
{
    /// <summary>Gets the number of channels.</summary>
    public required long Channels { get; init; }

    /// <summary>Gets the number of attention heads.</summary>
    public required long HeadCount { get; init; }

    /// <summary>Gets the width of the text embeddings.</summary>
    public required long ContextWidth { get; init; }

    /// <summary>Gets the number of blocks in a row.</summary>
    public long BlockCount { get; init; } = 1;

    /// <summary>Gets the number of groups of the norm before the blocks.</summary>
    public required long NormGroups { get; init; }

    /// <summary>Gets whether the projections in and out are linear layers (Stable Diffusion 2) and not 1×1 convolutions.</summary>
    public bool UsesLinearProjection { get; init; }

    /// <summary>Gets whether attention scores are computed in single precision whatever the weights' type.</summary>
    public bool UpcastsScores { get; init; }
}
