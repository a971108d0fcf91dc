using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Weights;

/// <summary>Tells a network's own parameters from those of adapters attached to it.</summary>
internal static class WeightNames
{
    // Layers with a slot for an adapter call it so.
    private const string AdapterSegment = ".adapter.";

    /// <summary>Lists the parameters that a checkpoint of the network holds.</summary>
    /// <param name="module">The network.</param>
    /// <returns>Names and parameters in the network's order, without adapters'.</returns>
    public static IEnumerable<(string Name, Parameter Parameter)> OwnParameters(nn.Module module) =>
        module.named_parameters().Where(pair => !pair.name.Contains(AdapterSegment, StringComparison.Ordinal)).Select(pair => (pair.name, pair.parameter));
}
