using Atelier.Artifacts.Safetensors;

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
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static ITensorSource Open(string folder, string stem, string? variant = null)
    {
        foreach (var candidate in Candidates(folder, stem, variant))
        {
            var path = Path.Combine(folder, candidate);
            if (File.Exists(path))
            {
                return candidate.EndsWith(".json", StringComparison.Ordinal) ? ShardIndex.Open(path) : SafetensorsFile.Open(path);
            }
        }

        throw new FileNotFoundException(Explain(folder, stem, variant), Path.Combine(folder, $"{stem}.safetensors"));
    }

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
