using Atelier.Training.Ddpo;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Judges a clip range by the size of a model's latents.</summary>
/// <remarks>
/// The log-probability is a mean over the latents' elements, so its noise, and with it the range within which a ratio should move, falls with their number.
/// TRL's 1e-4 goes with the 16,384 elements of Stable Diffusion at 512 by 512 pixels.
/// </remarks>
public static class ClipRangeAdvice
{
    private const double PublishedClipRange = 1e-4;
    private const double PublishedElementCount = 16_384;
    private const double ToleratedRatio = 3;

    /// <summary>Computes the clip range that means for a model what 1e-4 means for Stable Diffusion.</summary>
    /// <param name="latentElementCount">C·H·W of one image's latents.</param>
    /// <returns>The clip range.</returns>
    public static double Equivalent(long latentElementCount) => PublishedClipRange * PublishedElementCount / latentElementCount;

    /// <summary>Warns of a clip range that is far from the equivalent one.</summary>
    /// <param name="config">The run's settings.</param>
    /// <param name="latentElementCount">C·H·W of one image's latents.</param>
    /// <returns>The warning, or null when the range is within a factor of three or the latents have the published size.</returns>
    public static string? Warn(DdpoConfig config, long latentElementCount)
    {
        ArgumentNullException.ThrowIfNull(config);

        var (given, equivalent) = (config.Train.ClipRange, Equivalent(latentElementCount));
        if (latentElementCount == PublishedElementCount || (given <= equivalent * ToleratedRatio && given >= equivalent / ToleratedRatio))
        {
            return null;
        }

        return $"train_clip_range is {Setting.Show(given)}. This model's latents have {latentElementCount} elements, not 16384, so what TRL's 1e-4 is there is about "
            + $"{equivalent:0.0e+0} here; {(given < equivalent ? "a smaller one stops learning early" : "a larger one hardly limits an update")}. It is used as given.";
    }
}
