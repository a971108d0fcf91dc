using Atelier.Artifacts.Safetensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Weights;

/// <summary>Writes a network's weights as a file that diffusers and transformers read.</summary>
public static class WeightWriter
{
    /// <summary>The header without which transformers refuses a file.</summary>
    internal static IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };

    /// <summary>Writes every parameter but attached adapters' under its own name.</summary>
    /// <param name="path">The file; it appears only when it is complete.</param>
    /// <param name="module">The network.</param>
    /// <param name="elementType">The type to store, or null for each parameter's own.</param>
    /// <param name="skip">Says which other names to leave out; null leaves out none.</param>
    public static void Write(string path, nn.Module module, ScalarType? elementType = null, Func<string, bool>? skip = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var contents = WeightNames.OwnParameters(module).Where(pair => skip?.Invoke(pair.Name) != true)
            .Select(pair => TensorStorage.Describe(pair.Name, pair.Parameter, elementType)).ToList();
        SafetensorsWriter.Write(path, contents, Metadata);
    }
}
