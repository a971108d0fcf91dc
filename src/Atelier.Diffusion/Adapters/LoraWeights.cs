using Atelier.Diffusion.Layers;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>The adapters that a LoRA file holds; they belong to no network yet.</summary>
public sealed class LoraWeights : IDisposable
{
    /// <summary>Takes over what was read.</summary>
    /// <param name="fileName">The file.</param>
    /// <param name="modules">The adapters; their tensors are owned from now on.</param>
    internal LoraWeights(string fileName, IReadOnlyList<LoraModuleWeights> modules)
    {
        FileName = fileName;
        Modules = modules;
        foreach (var module in modules)
        {
            module.Down.DetachFromDisposeScope();
            module.Up.DetachFromDisposeScope();
        }
    }

    /// <summary>Gets the file that was read.</summary>
    public string FileName { get; }

    /// <summary>Gets the adapters in the ordinal order of their modules; the tensors live until <see cref="Dispose"/>.</summary>
    public IReadOnlyList<LoraModuleWeights> Modules { get; }

    /// <summary>Attaches the adapters to a network, or none of them.</summary>
    /// <remarks>Adapters are in single precision whatever the file's type is. A matrix fits a convolution of one pixel and the other way round.</remarks>
    /// <param name="network">The network; its own weights are frozen.</param>
    /// <returns>The adapters, computed as side branches until they are prepared; the network owns their tensors, which are copies.</returns>
    /// <exception cref="WeightMismatchException">The file was made for another network; the message lists modules that this one lacks and shapes that differ. Nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">The network has adapters already.</exception>
    public LoraAdapters ApplyTo(nn.Module network)
    {
        var layers = LoraAdapters.AdaptableLayers(network).ToList();
        if (layers.Exists(pair => pair.Layer.Adapter is not null))
        {
            throw new InvalidOperationException($"{FileName} can't be applied: the network has adapters already.");
        }

        var matches = Match(layers);
        var weights = new Dictionary<LowRankAdapter, LoraModuleWeights>(ReferenceEqualityComparer.Instance);
        var adapters = new List<(string, IAdaptableLayer, LowRankAdapter)>();
        foreach (var (name, layer) in layers)
        {
            if (matches.TryGetValue(name, out var module))
            {
                var adapter = new LowRankAdapter(layer, module.Rank, module.Alpha ?? module.Rank);
                weights.Add(adapter, module);
                adapters.Add((name, layer, adapter));
            }
        }

        return LoraAdapters.Attach(adapters, network, adapter => Fill(adapter, weights[adapter]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var module in Modules)
        {
            module.Down.Dispose();
            module.Up.Dispose();
        }
    }

    private static void Fill(LowRankAdapter adapter, LoraModuleWeights weights)
    {
        using var down = weights.Down.view(adapter.Down.shape);
        using var up = weights.Up.view(adapter.Up.shape);
        adapter.Down.copy_(down);
        adapter.Up.copy_(up);
    }

    private Dictionary<string, LoraModuleWeights> Match(List<(string Name, IAdaptableLayer Layer)> layers)
    {
        var byName = layers.ToDictionary(pair => pair.Name, pair => pair, StringComparer.Ordinal);
        var byFlattenedName = layers.ToLookup(pair => LoraKey.Flatten(pair.Name), pair => pair, StringComparer.Ordinal);
        var matches = new Dictionary<string, LoraModuleWeights>(StringComparer.Ordinal);
        var (unexpected, misshapen) = (new List<string>(), new List<string>());
        foreach (var module in Modules)
        {
            var candidates = module.IsFlattened ? [.. byFlattenedName[module.Module]] : byName.TryGetValue(module.Module, out var known) ? [known] : new List<(string Name, IAdaptableLayer Layer)>();
            if (candidates is not [var (name, layer)])
            {
                unexpected.Add(module.Module);
            }
            else if (!matches.TryAdd(name, module))
            {
                unexpected.Add($"{module.Module} for a second time");
            }
            else
            {
                misshapen.AddRange(ShapeProblems(name, layer.Weight.shape, module));
            }
        }

        var report = new WeightReport([], unexpected, misshapen);
        return report.Fits ? matches : throw new WeightMismatchException(FileName, report);
    }

    private static IEnumerable<string> ShapeProblems(string name, long[] weight, LoraModuleWeights module)
    {
        long[] down = [module.Rank, .. weight[1..]];
        long[] up = [weight[0], module.Rank, .. weight[2..].Select(_ => 1L)];
        if (!AreSame(down, module.Down.shape))
        {
            yield return $"A of {name} expected {Shapes.Describe(down)}, got {Shapes.Describe(module.Down.shape)}";
        }

        if (!AreSame(up, module.Up.shape))
        {
            yield return $"B of {name} expected {Shapes.Describe(up)}, got {Shapes.Describe(module.Up.shape)}";
        }
    }

    // [r, in] and [r, in, 1, 1] are the same.
    private static bool AreSame(ReadOnlySpan<long> left, ReadOnlySpan<long> right) => left.TrimEnd(1L).SequenceEqual(right.TrimEnd(1L));
}
