using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;

namespace Atelier.Training.Ddpo;

/// <summary>A batch that the policy is to draw.</summary>
public sealed record DdpoSampleRequest
{
    /// <summary>Gets the prompts, one for each image.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Gets the negative prompts, one for each image; they matter only with guidance.</summary>
    public required IReadOnlyList<string> NegativePrompts { get; init; }

    /// <summary>Gets where each image's noise comes from.</summary>
    public required NoiseBatch Noise { get; init; }

    /// <summary>Gets the settings of sampling.</summary>
    public required SampleConfig Sample { get; init; }

    /// <summary>Gets what is called after each denoising step, for progress; may be null.</summary>
    public Action<DenoisingStep>? OnStep { get; init; }
}
