using Atelier.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>Steps whose probability under the policy is asked for; all tensors are borrowed constants.</summary>
public sealed record DdpoStepRequest
{
    /// <summary>Gets xₜ before each step, [B, C, h, w].</summary>
    public required Tensor Latents { get; init; }

    /// <summary>Gets the latents after it, [B, C, h, w].</summary>
    public required Tensor NextLatents { get; init; }

    /// <summary>Gets each step's number in the denoising loop, [B], Int64, 0 … n − 1.</summary>
    public required Tensor Steps { get; init; }

    /// <summary>Gets each image's prompt.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Gets each image's negative prompt.</summary>
    public required IReadOnlyList<string> NegativePrompts { get; init; }

    /// <summary>Gets the settings of sampling: steps and η.</summary>
    public required SampleConfig Sample { get; init; }

    /// <summary>Gets how strongly the prompt steers.</summary>
    public required Guidance Guidance { get; init; }
}
