namespace Atelier.Training.Updates;

/// <summary>One step of one sample's trajectory.</summary>
/// <param name="Sample">The sample's number in sampling order.</param>
/// <param name="Step">The step's number in the denoising loop.</param>
internal readonly record struct SampleStep(int Sample, int Step);
