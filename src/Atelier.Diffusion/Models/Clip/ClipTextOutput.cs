using static TorchSharp.torch;

namespace Atelier.Diffusion.Models.Clip;

/// <summary>What CLIP's text encoder says about texts.</summary>
/// <param name="LastHiddenState">Each token's vector after the last layer and the final norm, [B, T, HiddenSize].</param>
/// <param name="Penultimate">Each token's vector before the last layer, not normalised, [B, T, HiddenSize].</param>
/// <param name="Pooled">The end token's vector in <paramref name="LastHiddenState"/>, [B, HiddenSize].</param>
public sealed record ClipTextOutput(Tensor LastHiddenState, Tensor Penultimate, Tensor Pooled);
