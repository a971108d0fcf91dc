namespace Atelier.Diffusion.Adapters;

/// <summary>Which layers get a low-rank adapter, and of what size.</summary>
public sealed record LoraOptions
{
    /// <summary>The one target that stands for the attention projections, TRL's choice.</summary>
    public const string AttentionTarget = "attention";

    /// <summary>The one target that stands for every linear layer and convolution of the blocks.</summary>
    public const string AllTarget = "all";

    private static readonly string[] AttentionSuffixes = ["to_q", "to_k", "to_v", "to_out.0"];

    private static readonly string[] AllSuffixes =
        [.. AttentionSuffixes, "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out", "conv1", "conv2", "time_emb_proj", "conv_shortcut"];

    /// <summary>Gets the rank r, at least 1.</summary>
    /// <value>4, as in TRL.</value>
    public long Rank { get; init; } = 4;

    /// <summary>Gets α; the change is scaled by α/r.</summary>
    /// <value>4, as in TRL.</value>
    public double Alpha { get; init; } = 4;

    /// <summary>Gets what is adapted: <see cref="AttentionTarget"/>, <see cref="AllTarget"/>, or suffixes of module names.</summary>
    /// <value><c>attention</c>, as in TRL.</value>
    public IReadOnlyList<string> Targets { get; init; } = [AttentionTarget];

    /// <summary>Gets the suffixes of module names that the targets stand for.</summary>
    /// <returns>The suffixes, such as <c>to_q</c>.</returns>
    public IReadOnlyList<string> Suffixes() => Targets switch
    {
        [AttentionTarget] => AttentionSuffixes,
        [AllTarget] => AllSuffixes,
        _ => Targets,
    };
}
