using Atelier.Diffusion.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>The low-rank adapters of one network.</summary>
public sealed class LoraAdapters
{
    /// <summary>
    /// A weight is folded when its own gradient costs no more than this many times the side branch's products.
    /// Below it the smaller operations cost more than their arithmetic says (2 cores, libtorch 2.10: at 96 channels and rank 16 folding wins, at 320 and rank 4 the branch does).
    /// </summary>
    private const double FoldingAdvantage = 8;

    private readonly List<(string Name, IAdaptableLayer Layer)> _layers;

    private LoraAdapters(List<(string Name, IAdaptableLayer Layer)> layers) => _layers = layers;

    /// <summary>Gets or sets how adapters are computed while training.</summary>
    public LoraComputation Computation { get; set; }

    /// <summary>Gets the adapted modules in the network's order, with their adapters.</summary>
    public IEnumerable<(string Module, LowRankAdapter Adapter)> Adapters => _layers.Select(pair => (pair.Name, pair.Layer.Adapter!));

    /// <summary>Gets the trained parameters under peft's names, <c>MODULE.lora_A.default.weight</c> and <c>…lora_B…</c>.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
        [.. Adapters.SelectMany(pair => new[] { ($"{pair.Module}.lora_A.default.weight", pair.Adapter.Down), ($"{pair.Module}.lora_B.default.weight", pair.Adapter.Up) })];

    /// <summary>Lists the layers of a network that can be adapted.</summary>
    /// <param name="network">The network.</param>
    /// <returns>Names and layers in the network's order.</returns>
    public static IEnumerable<(string Name, IAdaptableLayer Layer)> AdaptableLayers(nn.Module network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.named_modules().Where(pair => pair.module is IAdaptableLayer).Select(pair => (pair.name, (IAdaptableLayer)pair.module));
    }

    /// <summary>Attaches fresh adapters: A normal with standard deviation 1/r, B zero, so that the network's output is unchanged.</summary>
    /// <param name="network">The network; its own weights are frozen.</param>
    /// <param name="options">Which layers, and the size.</param>
    /// <param name="generator">Where A comes from.</param>
    /// <returns>The adapters; the network owns their tensors.</returns>
    /// <exception cref="ArgumentException">A target fits no layer; the message names it.</exception>
    public static LoraAdapters Create(nn.Module network, LoraOptions options, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(options);
        var suffixes = options.Suffixes();
        var layers = AdaptableLayers(network).Where(pair => suffixes.Any(suffix => EndsWith(pair.Name, suffix))).ToList();
        var unused = suffixes.Where(suffix => !layers.Exists(pair => EndsWith(pair.Name, suffix))).ToList();
        if (unused.Count > 0 && options.Targets is not [LoraOptions.AllTarget])
        {
            throw new ArgumentException($"No linear layer or convolution of the network ends in {string.Join(", ", unused)}.", nameof(options));
        }

        return Attach(layers.Select(pair => (pair.Name, pair.Layer, new LowRankAdapter(pair.Layer, options.Rank, options.Alpha))), network, adapter =>
        {
            using var values = randn(adapter.Down.shape, generator: generator).mul_(1.0 / options.Rank);
            adapter.Down.copy_(values);
        });
    }

    /// <summary>Attaches given adapters.</summary>
    /// <param name="adapters">Modules, layers and their new adapters, which the layers own from now on.</param>
    /// <param name="network">The network; its own weights are frozen.</param>
    /// <param name="fill">Gives each adapter its values, outside every graph.</param>
    /// <returns>The adapters.</returns>
    internal static LoraAdapters Attach(IEnumerable<(string Name, IAdaptableLayer Layer, LowRankAdapter Adapter)> adapters, nn.Module network, Action<LowRankAdapter> fill)
    {
        foreach (var parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }

        using var _ = no_grad();
        var layers = new List<(string, IAdaptableLayer)>();
        foreach (var (name, layer, adapter) in adapters)
        {
            fill(adapter);
            layer.Attach(adapter);
            layers.Add((name, layer));
        }

        return new LoraAdapters(layers);
    }

    /// <summary>
    /// Prepares for many forward passes without gradients: every adapter is folded into its layer, which then costs what it cost without.
    /// In 16 bits nothing is folded, here and in training: rounding W + ΔW would lose what is small in ΔW, and training would describe another policy than sampling.
    /// </summary>
    public void PrepareInference() => Prepare(IsExact, collectsGradients: false);

    /// <summary>Prepares for backward passes; call it again after each change of A or B.</summary>
    public void PrepareTraining() => Prepare(layer => IsExact(layer) && FoldsInTraining(layer), collectsGradients: true);

    /// <summary>Completes the gradients of A and B after the backward passes of an update.</summary>
    public void CollectGradients()
    {
        foreach (var (_, adapter) in Adapters)
        {
            adapter.CollectGradient();
        }
    }

    /// <summary>Sets how strongly all adapters act; 1 as trained. Call <see cref="PrepareInference"/> afterwards.</summary>
    /// <param name="scale">The factor.</param>
    public void SetScale(double scale)
    {
        foreach (var (_, adapter) in Adapters)
        {
            adapter.Scale = scale;
        }
    }

    private static bool EndsWith(string module, string suffix) =>
        module.Equals(suffix, StringComparison.Ordinal) || module.EndsWith($".{suffix}", StringComparison.Ordinal);

    private static bool IsExact(IAdaptableLayer layer) => layer.Weight.dtype is ScalarType.Float32 or ScalarType.Float64;

    private void Prepare(Func<IAdaptableLayer, bool> folds, bool collectsGradients)
    {
        foreach (var (_, layer) in _layers)
        {
            if (folds(layer))
            {
                layer.Adapter!.Fold(layer.Weight, collectsGradients);
            }
            else
            {
                layer.Adapter!.Unfold();
            }
        }
    }

    private bool FoldsInTraining(IAdaptableLayer layer)
    {
        if (Computation != LoraComputation.Automatic)
        {
            return Computation == LoraComputation.Folded;
        }

        double outputs = layer.Weight.shape[0];
        var inputs = layer.Weight.numel() / outputs;
        return inputs * outputs <= FoldingAdvantage * layer.Adapter!.Rank * (inputs + outputs);
    }
}
