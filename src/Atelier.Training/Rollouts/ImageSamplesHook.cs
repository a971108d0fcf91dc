using Atelier.Tracking;

namespace Atelier.Training.Rollouts;

/// <summary>Is shown the images of every epoch.</summary>
/// <param name="batches">The epoch's batches in sampling order; the last one is the last element.</param>
/// <param name="globalStep">The number of updates so far.</param>
/// <param name="tracker">Where to log.</param>
public delegate void ImageSamplesHook(IReadOnlyList<SampleBatch> batches, long globalStep, IRunTracker tracker);
