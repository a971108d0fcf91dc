using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>One run of the denoising loop.</summary>
public sealed record DenoisingRequest
{
    /// <summary>Gets x_T, [B, C, H, W], single precision, unit variance; borrowed.</summary>
    public required Tensor StartLatents { get; init; }

    /// <summary>Gets what the images are to show.</summary>
    public required Condition Condition { get; init; }

    /// <summary>Gets how strongly the prompt steers.</summary>
    public required Guidance Guidance { get; init; }

    /// <summary>Gets the steps to take.</summary>
    public required DdimScheduler Scheduler { get; init; }

    /// <summary>Gets where the noise of each step comes from; not needed at η = 0.</summary>
    public NoiseBatch? Noise { get; init; }
}
