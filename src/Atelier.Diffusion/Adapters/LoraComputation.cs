namespace Atelier.Diffusion.Adapters;

/// <summary>How adapters are computed while training; the gradients are the same.</summary>
public enum LoraComputation
{
    /// <summary>For each layer whichever costs less.</summary>
    Automatic,

    /// <summary>W + ΔW is made once for each update, and the gradients of A and B follow from its gradient.</summary>
    Folded,

    /// <summary>x·Wᵀ + (α/r)·(x·Aᵀ)·Bᵀ.</summary>
    SideBranch,
}
