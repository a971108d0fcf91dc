using Atelier.Diffusion.Models.Vae;
using Atelier.Rewards.Scenes;
using Atelier.Tracking;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>The latent distributions of many drawn scenes, kept in memory.</summary>
internal sealed class LatentSet : IDisposable
{
    private const int BatchSize = 100;
    private const long RandomStream = 2;

    private readonly Tensor _means;
    private readonly Tensor _deviations;

    private LatentSet(IReadOnlyList<Scene> scenes, Tensor means, Tensor deviations)
    {
        Scenes = scenes;
        _means = means.DetachFromDisposeScope();
        _deviations = deviations.DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        var variance = (means.square() + deviations.square()).mean() - means.mean().square();
        ScalingFactor = Math.Round(1 / Math.Sqrt(variance.item<float>()), 5);
    }

    /// <summary>Gets the scenes, in the order of the latents.</summary>
    public IReadOnlyList<Scene> Scenes { get; }

    /// <summary>Gets the number that brings the latents to unit variance.</summary>
    public double ScalingFactor { get; }

    /// <summary>Draws and encodes pictures of the training pairs.</summary>
    public static LatentSet Encode(AutoencoderKL vae, int count, long seed, IProgressReporter progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (scenes, means, deviations) = (new List<Scene>(), new List<Tensor>(), new List<Tensor>());
        using var stage = progress.Begin("latents", count, "picture");
        for (var start = 0; start < count; start += BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            using var batch = NewDisposeScope();
            var random = new SceneRandom(seed, (RandomStream << 32) + start);
            var drawn = SceneImages.Sample(Math.Min(BatchSize, count - start), random, SceneSubset.Training);
            var latent = vae.Encode(SceneImages.Draw(drawn, random));
            scenes.AddRange(drawn);
            means.Add(latent.Mean.clone().MoveToOuterDisposeScope());
            deviations.Add((latent.LogVariance * 0.5).exp().MoveToOuterDisposeScope());
            stage.Advance(drawn.Count);
        }

        return new LatentSet(scenes, cat(means), cat(deviations));
    }

    /// <summary>Draws scaled latents.</summary>
    /// <param name="indices">Which pictures, [B].</param>
    /// <param name="noise">Standard normal numbers, [B, C, h, w].</param>
    /// <returns>[B, C, h, w] of unit variance, in the caller's dispose scope.</returns>
    public Tensor Draw(Tensor indices, Tensor noise)
    {
        using var scope = NewDisposeScope();
        return (_means.index_select(0, indices) + (_deviations.index_select(0, indices) * noise)).mul_(ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _means.Dispose();
        _deviations.Dispose();
    }
}
