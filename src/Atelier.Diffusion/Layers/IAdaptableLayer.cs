using Atelier.Diffusion.Adapters;
using TorchSharp.Modules;

namespace Atelier.Diffusion.Layers;

/// <summary>A layer with one weight, to which a low-rank adapter can be attached.</summary>
public interface IAdaptableLayer
{
    /// <summary>Gets the layer's own weight: [out, in] for a linear layer, [out, in, height, width] for a convolution.</summary>
    Parameter Weight { get; }

    /// <summary>Gets the attached adapter, if any.</summary>
    LowRankAdapter? Adapter { get; }

    /// <summary>Attaches an adapter; it becomes the child module <c>adapter</c>, so the layer's own keys stay what they are.</summary>
    /// <param name="adapter">The adapter; the layer owns it from now on.</param>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    void Attach(LowRankAdapter adapter);
}
