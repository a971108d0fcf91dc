using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>Owns one folded weight outside every dispose scope and outside the module's state.</summary>
internal sealed class FoldedWeightSlot
{
    public Tensor? Weight { get; private set; }

    /// <summary>Takes over a tensor and disposes the one before.</summary>
    public void Set(Tensor? weight)
    {
        Weight?.Dispose();
        Weight = weight?.DetachFromDisposeScope();
    }

    public void ClearGradient()
    {
        if (Weight is { } weight)
        {
            weight.grad = null;
        }
    }
}
