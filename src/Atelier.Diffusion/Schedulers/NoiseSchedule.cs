using static TorchSharp.torch;

namespace Atelier.Diffusion.Schedulers;

/// <summary>ᾱ, the share of signal that is left at each training timestep.</summary>
public sealed class NoiseSchedule
{
    private readonly float[] _alphas;

    private NoiseSchedule(float[] alphas) => _alphas = alphas;

    /// <summary>Gets N, the number of training timesteps.</summary>
    public int Count => _alphas.Length;

    /// <summary>Gets ᾱ for each timestep, in (0, 1), falling.</summary>
    public ReadOnlySpan<float> Alphas => _alphas;

    /// <summary>Computes a schedule.</summary>
    /// <remarks>
    /// β runs evenly from start to end (linear), its root does (scaled linear), or ᾱ follows a squared cosine; ᾱ is the cumulative product of 1 − β.
    /// β in single precision, the product accumulated in double and rounded to single for each entry, as PyTorch does on the CPU.
    /// Source: Ho et al. 2020 (arXiv:2006.11239), section 2; Nichol and Dhariwal 2021 (arXiv:2102.09672), equation 17; zero terminal SNR: Lin et al. 2023 (arXiv:2305.08891), algorithm 1.
    /// </remarks>
    /// <param name="config">The scheduler's facts.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">The number of timesteps is below 1.</exception>
    public static NoiseSchedule From(DdimConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(config.NumTrainTimesteps, 1, nameof(config));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var betas = Betas(config);
        if (config.RescaleBetasZeroSnr)
        {
            betas = RescaleToZeroSnr(betas);
        }

        return new NoiseSchedule((1 - betas).cumprod(0).data<float>().ToArray());
    }

    private static Tensor Betas(DdimConfig config)
    {
        var count = config.NumTrainTimesteps;
        switch (config.BetaSchedule)
        {
            case "linear":
                return linspace(config.BetaStart, config.BetaEnd, count, dtype: ScalarType.Float32);
            case "scaled_linear":
                return linspace(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), count, dtype: ScalarType.Float32).square();
            default:
                static double Alpha(double time) => Math.Pow(Math.Cos((time + 0.008) / 1.008 * Math.PI / 2), 2);
                var betas = Enumerable.Range(0, count).Select(i => (float)Math.Min(1 - (Alpha((i + 1.0) / count) / Alpha((double)i / count)), 0.999));
                return tensor(betas.ToArray());
        }
    }

    private static Tensor RescaleToZeroSnr(Tensor betas)
    {
        var roots = (1 - betas).cumprod(0).sqrt();
        var (first, last) = (roots[0].clone(), roots[-1].clone());
        var shifted = (roots - last) * (first / (first - last));
        var bars = shifted.square();
        var count = bars.shape[0];
        var alphas = cat([bars.slice(0, 0, 1, 1), bars.slice(0, 1, count, 1) / bars.slice(0, 0, count - 1, 1)]);
        return 1 - alphas;
    }
}
