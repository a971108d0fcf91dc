using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Weights;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>Merges adapters into copies of a network's weights, so that the whole can be used without adapters.</summary>
public static class LoraMerging
{
    /// <summary>Computes the weights that a network without adapters needs to do what this one does.</summary>
    /// <param name="network">The network; it is left as it is.</param>
    /// <returns>
    /// Every parameter but the adapters' own, under the network's names and in its types, at the adapters' present scale. Each tensor is made when it is reached, in the dispose scope that is open then;
    /// those that no adapter changes share the network's memory.
    /// </returns>
    public static IEnumerable<(string Name, Tensor Weight)> MergedWeights(nn.Module network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Entries(network).Select(entry => (entry.Name, entry.Merge(entry.Weight.dtype)));
    }

    /// <summary>Writes a network with its adapters merged in, one weight at a time.</summary>
    /// <param name="path">The file; it appears only when it is complete.</param>
    /// <param name="network">The network; it is left as it is.</param>
    /// <param name="elementType">The type to store, or null for each parameter's own.</param>
    public static void Write(string path, nn.Module network, ScalarType? elementType = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var contents = Entries(network).Select(entry =>
        {
            var stored = elementType ?? entry.Weight.dtype;
            return TensorStorage.Describe(entry.Name, entry.Weight.shape, stored, () => entry.Merge(stored));
        });
        SafetensorsWriter.Write(path, contents, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }

    private static IEnumerable<(string Name, Tensor Weight, Func<ScalarType, Tensor> Merge)> Entries(nn.Module network)
    {
        var adapted = LoraAdapters.AdaptableLayers(network).Where(pair => pair.Layer.Adapter is not null).ToDictionary(pair => $"{pair.Name}.weight", pair => pair.Layer, StringComparer.Ordinal);
        foreach (var (name, parameter) in WeightNames.OwnParameters(network))
        {
            var layer = adapted.GetValueOrDefault(name);
            yield return (name, parameter, elementType => layer is null ? Copy(parameter, elementType) : layer.Adapter!.Merge(layer.Weight, elementType));
        }
    }

    private static Tensor Copy(Tensor weight, ScalarType elementType)
    {
        using var scope = NewDisposeScope();
        return weight.detach().to(elementType).MoveToOuterDisposeScope();
    }
}
