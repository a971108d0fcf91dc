using System.Runtime.InteropServices;

namespace Atelier.Training.Rollouts;

/// <summary>Says for which image a prompt is wanted. The same request always gets the same prompt.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="SampleIndexInEpoch">The image's number within the epoch, from 0, over all processes.</param>
/// <param name="SampleIndexInRun">The image's number within the run, from 0, over all epochs and processes.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PromptRequest(long Seed, int Epoch, int SampleIndexInEpoch, long SampleIndexInRun);
