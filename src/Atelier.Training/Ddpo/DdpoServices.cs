using Atelier.Diffusion.Tensors;
using Atelier.Tracking;
using Atelier.Training.Checkpoints;
using Atelier.Training.Rollouts;

namespace Atelier.Training.Ddpo;

/// <summary>What surrounds a <see cref="DdpoTrainer"/>; everything has a default that does nothing.</summary>
public sealed record DdpoServices
{
    /// <summary>Gets where metrics go.</summary>
    public IRunTracker Tracker { get; init; } = new CompositeTracker([], static (_, _) => { });

    /// <summary>Gets where progress is shown.</summary>
    public IProgressReporter Progress { get; init; } = new QuietProgress();

    /// <summary>Gets what is shown the images of every epoch; null for nothing.</summary>
    public ImageSamplesHook? ImageSamplesHook { get; init; }

    /// <summary>Gets where checkpoints go; null for none.</summary>
    public CheckpointStore? Checkpoints { get; init; }

    /// <summary>Gets where random numbers come from; null takes those of the configured seed.</summary>
    public IRandomSource? Random { get; init; }
}
