using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>What a batch of images is to show, as embeddings.</summary>
/// <param name="Text">The prompts', [B, T, D]; borrowed.</param>
/// <param name="Negative">The negative prompts', [B, T, D]; borrowed; null where there is no guidance.</param>
public sealed record Condition(Tensor Text, Tensor? Negative);
