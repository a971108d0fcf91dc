using Atelier.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Atelier.Training.Rollouts;

/// <summary>Keeps what the denoising loop did for one batch: every latent once, and every step's log-probability.</summary>
internal sealed class TrajectoryRecorder : IDenoisingObserver, IDisposable
{
    private readonly List<Tensor> _latents = [];
    private readonly List<Tensor> _logProbabilities = [];
    private readonly Action<DenoisingStep>? _onStep;

    public TrajectoryRecorder(Action<DenoisingStep>? onStep) => _onStep = onStep;

    /// <inheritdoc/>
    public void OnStep(DenoisingStep denoisingStep)
    {
        using var scope = NewDisposeScope();
        if (denoisingStep.Index == 0)
        {
            _latents.Add(denoisingStep.Latents.clone().DetachFromDisposeScope());
        }

        _latents.Add(denoisingStep.NextLatents.clone().DetachFromDisposeScope());
        _logProbabilities.Add(denoisingStep.Distribution.LogProbability(denoisingStep.NextLatents).DetachFromDisposeScope());
        _onStep?.Invoke(denoisingStep);
    }

    /// <summary>Gives x_T … x₀, [B, n + 1, C, H, W], in the caller's dispose scope.</summary>
    public Tensor Latents() => stack(_latents, 1);

    /// <summary>Gives log p of each step, [B, n], in the caller's dispose scope; NaN at a step of zero variance.</summary>
    public Tensor LogProbabilities() => stack(_logProbabilities, 1);

    public void Dispose()
    {
        foreach (var tensor in _latents.Concat(_logProbabilities))
        {
            tensor.Dispose();
        }
    }
}
