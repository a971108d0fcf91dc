using Atelier.Diffusion.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Atelier.Diffusion.Layers;

/// <summary>Makes normalisation layers whose weights are defined from the start.</summary>
internal static class Norms
{
    /// <summary>Makes a group norm with weight 1 and bias 0; TorchSharp 0.107 leaves both uninitialised.</summary>
    public static GroupNorm Group(long groups, long channels, double epsilon, Placement placement)
    {
        var norm = GroupNorm(groups, channels, epsilon, device: placement.Device, dtype: placement.ElementType);
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        return norm;
    }

    /// <summary>Makes a layer norm over the last dimension.</summary>
    public static LayerNorm Layer(long width, double epsilon, Placement placement) =>
        LayerNorm(width, epsilon, device: placement.Device, dtype: placement.ElementType);
}
