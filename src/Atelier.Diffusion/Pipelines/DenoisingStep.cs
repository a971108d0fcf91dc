using Atelier.Diffusion.Schedulers;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>What an observer of the denoising loop is told after each step; all tensors are borrowed until it returns.</summary>
/// <param name="Index">The step's number, from 0.</param>
/// <param name="Count">The number of steps.</param>
/// <param name="Latents">xₜ before the step, [B, C, H, W].</param>
/// <param name="NextLatents">The latents after it, [B, C, H, W].</param>
/// <param name="Distribution">The Gaussian that they were drawn from.</param>
public sealed record DenoisingStep(int Index, int Count, Tensor Latents, Tensor NextLatents, ReverseStep Distribution);
