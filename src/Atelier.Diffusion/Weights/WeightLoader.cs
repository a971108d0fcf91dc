using Atelier.Artifacts.Tensors;
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
    /// <exception cref="ArgumentException">The network has no parameters.</exception>
    /// <exception cref="WeightMismatchException">Names or shapes differ, or a tensor holds no floating-point numbers; the message lists what is missing, unexpected or misshapen.</exception>
    public static void Load(nn.Module module, ITensorSource source, Func<string, string>? rename = null, IReadOnlyList<string>? tolerated = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(source);
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var surplus = new List<string>();
        foreach (var entry in source.Entries.Values.Where(entry => tolerated?.Contains(entry.Name, StringComparer.Ordinal) != true))
        {
            var name = rename?.Invoke(entry.Name) ?? entry.Name;
            if (!entries.TryAdd(name, entry))
            {
                surplus.Add($"{entry.Name} (a second {name})");
            }
        }

        var parameters = WeightNames.OwnParameters(module).ToList();
        if (parameters.Count == 0)
        {
            throw new ArgumentException($"{module.GetName()} has no registered parameters.", nameof(module));
        }

        var report = Compare(parameters.Select(pair => (pair.Name, pair.Parameter.shape)), entries);
        report = report with { Unexpected = [.. report.Unexpected, .. surplus] };
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
            else if (entry.ElementType is not (ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16))
            {
                misshapen.Add($"{name} expected floating-point numbers, got {entry.ElementType}");
            }
            else if (!entry.Shape.AsSpan().SequenceEqual(shape))
            {
                misshapen.Add($"{name} expected {Shapes.Describe(shape)}, got {Shapes.Describe(entry.Shape.AsSpan())}");
            }
        }

        return new WeightReport(missing, [.. entries.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal)], misshapen);
    }
}
