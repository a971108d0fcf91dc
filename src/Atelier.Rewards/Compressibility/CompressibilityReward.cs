using Atelier.Diffusion.Tensors;
using Atelier.Imaging;

namespace Atelier.Rewards;

/// <summary>Rewards pictures for the size that JPEG compresses them to.</summary>
/// <remarks>
/// Images are rounded to 8 bits a channel, compressed and measured in kilobytes of 1000 bytes.
/// Source: Black et al. 2023 (arXiv:2305.13301), section 5.1.
/// </remarks>
public sealed class CompressibilityReward : IReward
{
    private readonly CompressibilityRewardOptions _options;

    /// <summary>Creates the reward.</summary>
    /// <param name="options">What is asked for; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The quality is outside [1, 100].</exception>
    public CompressibilityReward(CompressibilityRewardOptions? options = null)
    {
        _options = options ?? new CompressibilityRewardOptions();
        if (_options.Quality is < 1 or > 100)
        {
            throw new ArgumentOutOfRangeException(nameof(options), _options.Quality, "The quality must be in [1, 100].");
        }
    }

    /// <inheritdoc />
    public string Name => _options.Goal == CompressionGoal.SmallFiles ? "jpeg_compressibility" : "jpeg_incompressibility";

    /// <inheritdoc />
    public string Unit => "kB";

    /// <summary>Scores a batch on the thread pool, once its images have been copied.</summary>
    /// <param name="batch">The images; the prompts do not matter.</param>
    /// <param name="cancellationToken">Asks to give up.</param>
    /// <returns>The sizes in kB for large files, minus the sizes for small ones.</returns>
    public ValueTask<RewardResult> ScoreAsync(RewardBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();

        var images = ImageTensors.ToRgbImages(batch.Images);
        return new ValueTask<RewardResult>(Task.Run(() => Score(images, cancellationToken), cancellationToken));
    }

    private RewardResult Score(RgbImage[] images, CancellationToken cancellationToken)
    {
        var sign = _options.Goal == CompressionGoal.SmallFiles ? -1 : 1;
        var rewards = new float[images.Length];
        Parallel.For(
            0,
            images.Length,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            index => rewards[index] = (float)(sign * JpegEncoder.EncodedSize(images[index], _options.Quality) / 1000.0));
        return new RewardResult(rewards);
    }
}
