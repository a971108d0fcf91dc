namespace Atelier.Diffusion.Schedulers;

/// <summary>The numbers of one DDIM step.</summary>
/// <param name="Timestep">t.</param>
/// <param name="Alpha">ᾱ at this step, in [0, 1).</param>
/// <param name="NextAlpha">ᾱ′ at the next one in sampling order, in [ᾱ, 1].</param>
/// <param name="Sigma">σ, 0 or more; 0 makes the step deterministic, and it can't be trained on.</param>
public sealed record DdimCoefficients(int Timestep, float Alpha, float NextAlpha, float Sigma);
