namespace Atelier.Diffusion.Schedulers;

/// <summary>How the steps of the denoising loop are spread over the training timesteps.</summary>
/// <remarks>Source: Lin et al. 2023 (arXiv:2305.08891), table 2.</remarks>
public enum TimestepSpacing
{
    /// <summary>Multiples of N div n, from 0.</summary>
    Leading,

    /// <summary>Steps of N/n down from N − 1.</summary>
    Trailing,

    /// <summary>Evenly from 0 to N − 1, both included.</summary>
    Linspace,
}
