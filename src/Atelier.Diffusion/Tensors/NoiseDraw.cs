namespace Atelier.Diffusion.Tensors;

/// <summary>Names one of the draws of noise that an image needs.</summary>
/// <param name="Step">−1 for the latents that denoising starts from, else the step that the noise is added in.</param>
public readonly record struct NoiseDraw(int Step)
{
    /// <summary>Gets the draw of the latents that denoising starts from.</summary>
    public static NoiseDraw Start { get; } = new(-1);

    /// <summary>Names the noise of a step.</summary>
    /// <param name="step">The step's number, from 0.</param>
    /// <returns>The draw.</returns>
    public static NoiseDraw OfStep(int step) => new(step);
}
