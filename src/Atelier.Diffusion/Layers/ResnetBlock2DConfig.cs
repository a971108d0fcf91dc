namespace Atelier.Diffusion.Layers;

/// <summary>The shape of a <see cref="ResnetBlock2D"/>.</summary>
public sealed record ResnetBlock2DConfig
{
    /// <summary>Gets the number of channels that come in.</summary>
    public required long InChannels { get; init; }

    /// <summary>Gets the number of channels that go out.</summary>
    public required long OutChannels { get; init; }

    /// <summary>Gets the width of the time embedding; 0 for a block that does not see the time.</summary>
    public long TimeChannels { get; init; }

    /// <summary>Gets the number of groups of both norms.</summary>
    public required long NormGroups { get; init; }

    /// <summary>Gets what both norms add to the variance.</summary>
    public required double NormEpsilon { get; init; }
}
