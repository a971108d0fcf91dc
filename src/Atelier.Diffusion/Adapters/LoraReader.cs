using System.Text;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Weights;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Adapters;

/// <summary>Collects the adapters of one LoRA file.</summary>
internal static class LoraReader
{
    private const int ShownCount = 10;

    /// <summary>Reads every adapter.</summary>
    /// <param name="source">The file.</param>
    /// <returns>The adapters; the caller disposes them.</returns>
    public static LoraWeights Read(ITensorSource source)
    {
        var parts = Sort(source);
        var scaling = Scaling(source);
        using var scope = NewDisposeScope();
        var modules = parts.GroupBy(pair => (pair.Key.Module, pair.Key.IsFlattened)).OrderBy(group => group.Key.Module, StringComparer.Ordinal)
            .Select(group => Module(source, group.ToDictionary(pair => pair.Key.Part, pair => pair.Value), group.Key.IsFlattened ? LoraScaling.Unknown : scaling, group.First().Key)).ToList();
        return new LoraWeights(source.FileName, modules);
    }

    private static Dictionary<LoraKey, TensorEntry> Sort(ITensorSource source)
    {
        var parts = new Dictionary<LoraKey, TensorEntry>();
        var refused = new List<(string Kind, string Name)>();
        foreach (var entry in source.Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (!LoraKey.TryParse(entry.Name, out var key))
            {
                refused.Add((LoraKey.UnsupportedKind(entry.Name) ?? "tensors that are no part of a LoRA", entry.Name));
            }
            else if (!parts.TryAdd(key, entry))
            {
                throw new TensorFileException(source.FileName, entry.Name, $"'{parts[key].Name}' is the same part of the same module.");
            }
        }

        if (refused.Count > 0)
        {
            var kinds = refused.GroupBy(pair => pair.Kind, StringComparer.Ordinal).Select(group => $"{group.Key}: {Names([.. group.Select(pair => pair.Name)])}");
            throw new NotSupportedException($"{source.FileName} holds what is not implemented. {string.Join("; ", kinds)}.");
        }

        return parts.Count > 0 ? parts : throw new TensorFileException(source.FileName, tensorName: null, "it holds no tensors.");
    }

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(ShownCount)) + (names.Count > ShownCount ? $", and {names.Count - ShownCount} more" : string.Empty);

    private static LoraScaling Scaling(ITensorSource source)
    {
        if (source.Entries.Keys.Any(name => name.StartsWith(LoraKey.PeftPrefix, StringComparison.Ordinal)))
        {
            var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(source.FileName))!, LoraLocation.PeftConfigName);
            return File.Exists(config)
                ? LoraScaling.Parse(LoraLocation.ReadConfig(config), string.Empty, config)
                : throw new FileNotFoundException($"{config} is missing; without it nobody knows how strongly {source.FileName} acts.", config);
        }

        return source.Metadata.TryGetValue(LoraFile.MetadataKey, out var metadata)
            ? LoraScaling.Parse(Encoding.UTF8.GetBytes(metadata), LoraKey.DiffusersPrefix, $"{source.FileName}, {LoraFile.MetadataKey},")
            : LoraScaling.Unknown;
    }

    private static LoraModuleWeights Module(ITensorSource source, Dictionary<LoraPart, TensorEntry> parts, LoraScaling scaling, LoraKey key)
    {
        if (!parts.TryGetValue(LoraPart.Down, out var down) || !parts.TryGetValue(LoraPart.Up, out var up))
        {
            throw new TensorFileException(source.FileName, parts.Values.First().Name, $"the module has no {(parts.ContainsKey(LoraPart.Down) ? "B" : "A")}.");
        }

        RequireMatrices(source, down, up);
        var rank = down.Shape[0];
        if (scaling.RankOf(key.Module) is { } stated && stated != rank)
        {
            throw new InvalidDataException($"{source.FileName}: {down.Name} has rank {rank}, its configuration says {stated}.");
        }

        var alpha = parts.TryGetValue(LoraPart.Alpha, out var entry) ? Alpha(source, entry) : scaling.AlphaOf(key.Module);
        if (alpha is { } number && !double.IsFinite(number))
        {
            throw new InvalidDataException($"{source.FileName}: alpha of {key.Module} is not finite.");
        }

        return new LoraModuleWeights(key.Module, key.IsFlattened, TensorStorage.Read(source, down), TensorStorage.Read(source, up), alpha);
    }

    private static void RequireMatrices(ITensorSource source, TensorEntry down, TensorEntry up)
    {
        foreach (var entry in (ReadOnlySpan<TensorEntry>)[down, up])
        {
            if (entry.ElementType is not (ElementType.F16 or ElementType.BF16 or ElementType.F32 or ElementType.F64))
            {
                throw new TensorFileException(source.FileName, entry.Name, $"{entry.ElementType} is no type for an adapter.");
            }

            if (entry.Shape.Length is not (2 or 4) || entry.ElementCount == 0)
            {
                throw new TensorFileException(source.FileName, entry.Name, $"{Tensors.Shapes.Describe(entry.Shape.AsSpan())} is no shape for an adapter.");
            }
        }

        if (up.Shape[1] != down.Shape[0])
        {
            throw new TensorFileException(source.FileName, up.Name, $"its rank is {up.Shape[1]}, that of '{down.Name}' {down.Shape[0]}.");
        }
    }

    private static double Alpha(ITensorSource source, TensorEntry entry)
    {
        if (entry.ElementCount != 1)
        {
            throw new TensorFileException(source.FileName, entry.Name, "is not a single number.");
        }

        using var stored = TensorStorage.Read(source, entry);
        using var number = stored.to(ScalarType.Float64);
        return number.item<double>();
    }
}
