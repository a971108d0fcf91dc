namespace Atelier.Diffusion.Tensors;

/// <summary>Names one of the shuffles of a run.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="InnerEpoch">The inner epoch, from 0.</param>
/// <param name="Position">−1 for the shuffle of the samples, else the position (after that shuffle) of the sample whose steps are shuffled.</param>
public readonly record struct ShuffleDraw(int Epoch, int InnerEpoch, int Position);
