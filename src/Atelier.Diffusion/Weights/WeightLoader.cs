using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Weights;

/// <summary>Fills a network with the tensors of a file.</summary>
public static class WeightLoader
{
    /// <summary>Loads every parameter of a network but attached adapters', or none.</summary>
    /// <param name="module">The network; its parameters are written in place and keep their type and device.</param>
    /// <param name="source">The file.</param>
    /// <param name="rename">Turns a name in the file into the network's; null leaves it as it is.</param>
    /// <param name="tolerated">Names in the file that are known to be no weights, such as stored position numbers.</param>
    /// <exception cref="WeightMismatchException">Names or shapes differ; the message lists what is missing, unexpected or misshapen.</exception>
    public static void Load(nn.Module module, ITensorSource source, Func<string, string>? rename = null, IReadOnlyList<string>? tolerated = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(source);
        var entries = source.Entries.Values.Where(entry => tolerated?.Contains(entry.Name, StringComparer.Ordinal) != true)
            .ToDictionary(entry => rename?.Invoke(entry.Name) ?? entry.Name, entry => entry, StringComparer.Ordinal);
        var parameters = WeightNames.OwnParameters(module).ToList();
        var report = Compare(parameters.Select(pair => (pair.Name, pair.Parameter.shape)), entries);
        if (!report.Fits)
        {
            throw new WeightMismatchException(source.FileName, report);
        }

        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in parameters)
        {
            TensorStorage.ReadInto(source, entries[name], parameter);
        }
    }

    /// <summary>Compares a network's parameters with a file's tensors, without loading anything.</summary>
    /// <param name="parameters">The network's names and shapes.</param>
    /// <param name="entries">The file's tensors under the network's names.</param>
    /// <returns>What does not fit.</returns>
    public static WeightReport Compare(IEnumerable<(string Name, long[] Shape)> parameters, IReadOnlyDictionary<string, TensorEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(entries);
        var (missing, misshapen, known) = (new List<string>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (name, shape) in parameters)
        {
            known.Add(name);
            if (!entries.TryGetValue(name, out var entry))
            {
                missing.Add(name);
            }
            else if (!entry.Shape.AsSpan().SequenceEqual(shape))
            {
                misshapen.Add($"{name} expected {Shapes.Describe(shape)}, got {Shapes.Describe(entry.Shape.AsSpan())}");
            }
        }

        return new WeightReport(missing, [.. entries.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal)], misshapen);
    }
}
