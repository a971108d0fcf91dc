namespace Atelier.Diffusion.Models.Unet;

/// <summary>What one level of the UNet is made of.</summary>
/// <param name="ResnetInputs">For each residual block the number of channels that come in.</param>
/// <param name="Channels">The number of channels that go out.</param>
/// <param name="HeadCount">The number of attention heads.</param>
/// <param name="ContextWidth">The width of the text embeddings.</param>
/// <param name="TransformerDepth">The number of transformer blocks after each residual block; 0 for a level without attention.</param>
/// <param name="Resizes">Whether the level ends by halving or doubling the size.</param>
public sealed record UNetLevel(IReadOnlyList<long> ResnetInputs, long Channels, long HeadCount, long ContextWidth, int TransformerDepth, bool Resizes);
