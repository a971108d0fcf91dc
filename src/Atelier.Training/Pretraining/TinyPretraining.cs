using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Tensors;
using Atelier.Tracking;

namespace Atelier.Training.Pretraining;

/// <summary>Makes the embedded model from nothing: draws pictures, trains the VAE, then the UNet with the text encoder, and writes a diffusers folder.</summary>
public sealed class TinyPretraining
{
    private readonly string _workFolder;
    private readonly long _seed;

    /// <summary>Creates the pretraining.</summary>
    /// <param name="workFolder">Where checkpoints and the log go; a run that finds them there goes on.</param>
    /// <param name="seed">The seed of all random numbers.</param>
    public TinyPretraining(string workFolder, long seed)
    {
        _workFolder = workFolder;
        _seed = seed;
        Directory.CreateDirectory(workFolder);
    }

    /// <summary>Trains the VAE.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="tracker">Receives the losses.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops it after the running step, with a checkpoint.</param>
    public void TrainVae(VaePretrainingOptions options, IRunTracker tracker, IProgressReporter progress, CancellationToken cancellation)
    {
        using var vae = new AutoencoderKL(TinyArchitecture.Vae, Placement.Cpu);
        new VaePretraining(options, _seed, Path.Combine(_workFolder, "vae.safetensors")).Run(vae, tracker, progress, cancellation);
    }
}
