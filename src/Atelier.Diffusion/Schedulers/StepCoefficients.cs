using static TorchSharp.torch;

namespace Atelier.Diffusion.Schedulers;

/// <summary>The coefficients of a batch of DDIM steps, each [B, 1, 1, 1] or [1, 1, 1, 1], single precision.</summary>
/// <param name="Signal">√ᾱ.</param>
/// <param name="Noise">√(1−ᾱ).</param>
/// <param name="NextSignal">√ᾱ′.</param>
/// <param name="Direction">√(1−ᾱ′−σ²), 0 where rounding makes the radicand negative.</param>
/// <param name="Sigma">σ.</param>
/// <param name="LogSigma">log σ; −∞ at a deterministic step.</param>
public sealed record StepCoefficients(Tensor Signal, Tensor Noise, Tensor NextSignal, Tensor Direction, Tensor Sigma, Tensor LogSigma);
