namespace Atelier.Diffusion.Pipelines;

/// <summary>How strongly, and how, the prompt steers.</summary>
/// <param name="Scale">g; at 1 or less there is no guidance, and one forward pass instead of two.</param>
/// <param name="Rescale">r in [0, 1]: how far the guided noise is brought back to the spread of the prompted one.</param>
public sealed record Guidance(double Scale, double Rescale = 0)
{
    /// <summary>Gets whether the negative prompt matters.</summary>
    public bool IsActive => Scale > 1;
}
