using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;

namespace Atelier.Diffusion.Weights;

/// <summary>Finds a component's weight file in its folder.</summary>
public static class WeightFiles
{
    /// <summary>Opens a component's weights: one file or an index of shards, plain or of a variant.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="stem">The file's name before the extension: <c>diffusion_pytorch_model</c> or <c>model</c>.</param>
    /// <param name="variant">The variant that is wanted, such as <c>fp16</c>; null takes the plain file, else the only variant there is.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file; the message says what there is.</exception>
    /// <exception cref="TensorFileException">The file is damaged.</exception>
    public static ITensorSource Open(string folder, string stem, string? variant = null)
    {
        var path = Find(folder, stem, variant) ?? throw new FileNotFoundException(Explain(folder, stem, variant), Path.Combine(folder, $"{stem}.safetensors"));
        return IsIndex(path) ? ShardIndex.Open(path) : SafetensorsFile.Open(path);
    }

    /// <summary>Says whether a component has weights of a variant.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="stem">The file's name before the extension.</param>
    /// <param name="variant">The variant, such as <c>fp16</c>.</param>
    /// <returns>Whether <see cref="Open"/> would find them.</returns>
    public static bool Has(string folder, string stem, string variant) => Find(folder, stem, variant) is not null;

    /// <summary>Copies a component's weights, and no other ones, under the names that everybody looks for first.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="stem">The file's name before the extension.</param>
    /// <param name="variant">The variant that is copied; null takes the plain file, else the only variant there is.</param>
    /// <param name="target">A folder that exists.</param>
    /// <exception cref="FileNotFoundException">There are no such weights; the message says what there is.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public static void Copy(string folder, string stem, string? variant, string target)
    {
        var path = Find(folder, stem, variant) ?? throw new FileNotFoundException(Explain(folder, stem, variant), Path.Combine(folder, $"{stem}.safetensors"));
        if (!IsIndex(path))
        {
            File.Copy(path, Path.Combine(target, $"{stem}.safetensors"), overwrite: true);
            return;
        }

        using var index = ShardIndex.Open(path);
        foreach (var shard in index.Shards.Keys)
        {
            File.Copy(Path.Combine(folder, shard), Path.Combine(target, shard), overwrite: true);
        }

        File.Copy(path, Path.Combine(target, $"{stem}.safetensors.index.json"), overwrite: true);
    }

    private static string? Find(string folder, string stem, string? variant) => Candidates(folder, stem, variant).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static bool IsIndex(string path) => path.EndsWith(".json", StringComparison.Ordinal);

    private static IEnumerable<string> Candidates(string folder, string stem, string? variant)
    {
        if (variant is not null)
        {
            yield return $"{stem}.{variant}.safetensors";
            yield return $"{stem}.safetensors.index.{variant}.json";
            yield break;
        }

        yield return $"{stem}.safetensors";
        yield return $"{stem}.safetensors.index.json";
        if (Directory.Exists(folder))
        {
            var variants = Directory.EnumerateFiles(folder, $"{stem}.*.safetensors").Where(path => !path.Contains("-of-", StringComparison.Ordinal)).ToList();
            if (variants.Count == 1)
            {
                yield return Path.GetFileName(variants[0]);
            }
        }
    }

    private static string Explain(string folder, string stem, string? variant)
    {
        var wanted = variant is null ? $"{stem}.safetensors" : $"{stem}.{variant}.safetensors";
        if (!Directory.Exists(folder))
        {
            return $"{folder} is missing.";
        }

        var there = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Where(name => name.StartsWith(stem, StringComparison.Ordinal) || IsOtherFormat(name)).Order(StringComparer.Ordinal).ToList();
        var hint = there.Exists(IsOtherFormat) ? " Only safetensors files are read: convert it first." : string.Empty;
        return there.Count == 0
            ? $"{folder} has no {wanted}."
            : $"{folder} has no {wanted}; it has {string.Join(", ", there)}.{hint}";
    }

    // transformers' old name for model.safetensors is pytorch_model.bin: another stem.
    private static bool IsOtherFormat(string name) => Path.GetExtension(name) is ".bin" or ".ckpt" or ".pt" or ".pth" or ".msgpack" or ".onnx";
}
