using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;

namespace Atelier.Diffusion.Weights;

/// <summary>Finds a component's weight files in its folder: safetensors files, or pickles (<c>.bin</c>) where there are none.</summary>
public static class WeightFiles
{
    private const string SafetensorsExtension = "safetensors";
    private const string PickleExtension = "bin";

    /// <summary>Opens a component's weights: one file or an index of shards, plain or of a variant.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="stem">The name of a safetensors file before the extension: <c>diffusion_pytorch_model</c>, or <c>model</c>, for which a pickle is called <c>pytorch_model</c>.</param>
    /// <param name="variant">The variant that is wanted, such as <c>fp16</c>; null takes the plain files, else the only variant there is.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file; the message says what there is.</exception>
    /// <exception cref="TensorFileException">The file is damaged or hostile.</exception>
    public static ITensorSource Open(string folder, string stem, string? variant = null) => Open(Require(folder, stem, variant));

    /// <summary>Says whether a component has weights of a variant.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="stem">The name of a safetensors file before the extension.</param>
    /// <param name="variant">The variant, such as <c>fp16</c>.</param>
    /// <returns>Whether <see cref="Open(string, string, string?)"/> would find them.</returns>
    public static bool Has(string folder, string stem, string variant) => Find(folder, stem, variant) is not null;

    /// <summary>Copies a component's weights, and no other ones, under the names that everybody looks for first; pickles become a safetensors file.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="stem">The name of a safetensors file before the extension.</param>
    /// <param name="variant">The variant that is copied; null takes the plain files, else the only variant there is.</param>
    /// <param name="target">A folder that exists.</param>
    /// <exception cref="FileNotFoundException">There are no such weights; the message says what there is.</exception>
    /// <exception cref="TensorFileException">A file is damaged or hostile.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public static void Copy(string folder, string stem, string? variant, string target)
    {
        var path = Require(folder, stem, variant);
        if (IsPickle(path))
        {
            using var source = Open(path);
            var contents = source.Entries.Values.Select(entry => new TensorContent(entry.Name, entry.ElementType, entry.Shape.AsSpan(), stream => source.CopyTo(entry, stream))).ToList();
            SafetensorsWriter.Write(Path.Combine(target, $"{stem}.{SafetensorsExtension}"), contents, WeightWriter.Metadata);
            return;
        }

        if (!IsIndex(path))
        {
            File.Copy(path, Path.Combine(target, $"{stem}.{SafetensorsExtension}"), overwrite: true);
            return;
        }

        using var index = ShardIndex.Open(path);
        foreach (var shard in index.Shards.Keys)
        {
            File.Copy(Path.Combine(folder, shard), Path.Combine(target, shard), overwrite: true);
        }

        File.Copy(path, Path.Combine(target, $"{stem}.{SafetensorsExtension}.index.json"), overwrite: true);
    }

    private static ITensorSource Open(string path) => IsIndex(path) ? ShardIndex.Open(path) : TensorFile.Open(path);

    private static string Require(string folder, string stem, string? variant) =>
        Find(folder, stem, variant) ?? throw new FileNotFoundException(Explain(folder, stem, variant), Path.Combine(folder, $"{stem}.{SafetensorsExtension}"));

    private static string? Find(string folder, string stem, string? variant) => Candidates(folder, stem, variant).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static bool IsIndex(string path) => path.EndsWith(".json", StringComparison.Ordinal);

    private static bool IsPickle(string path) => path.EndsWith($".{PickleExtension}", StringComparison.Ordinal) || Path.GetFileName(path).Contains($".{PickleExtension}.index", StringComparison.Ordinal);

    // transformers calls a pickle pytorch_model.bin, and model.safetensors what takes its place.
    private static string PickleStem(string stem) => stem is "model" ? "pytorch_model" : stem;

    private static IEnumerable<string> Candidates(string folder, string stem, string? variant)
    {
        (string Stem, string Extension)[] formats = [(stem, SafetensorsExtension), (PickleStem(stem), PickleExtension)];
        var infix = variant is null ? string.Empty : $".{variant}";
        foreach (var format in formats)
        {
            yield return $"{format.Stem}{infix}.{format.Extension}";
            yield return $"{format.Stem}.{format.Extension}.index{infix}.json";
        }

        if (variant is null && Directory.Exists(folder))
        {
            foreach (var format in formats)
            {
                var variants = Directory.EnumerateFiles(folder, $"{format.Stem}.*.{format.Extension}").Where(path => !path.Contains("-of-", StringComparison.Ordinal)).ToList();
                if (variants.Count == 1)
                {
                    yield return Path.GetFileName(variants[0]);
                }
            }
        }
    }

    private static string Explain(string folder, string stem, string? variant)
    {
        var infix = variant is null ? string.Empty : $".{variant}";
        var wanted = $"{stem}{infix}.{SafetensorsExtension} or {PickleStem(stem)}{infix}.{PickleExtension}";
        if (!Directory.Exists(folder))
        {
            return $"{folder} is missing.";
        }

        var there = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Where(name => name.StartsWith(stem, StringComparison.Ordinal) || Path.GetExtension(name) is ".bin" || IsOtherFormat(name)).Order(StringComparer.Ordinal).ToList();
        var hint = there.Exists(IsOtherFormat) ? " Other formats are not read: convert it first." : string.Empty;
        return there.Count == 0
            ? $"{folder} has no {wanted}."
            : $"{folder} has no {wanted}; it has {string.Join(", ", there)}.{hint}";
    }

    private static bool IsOtherFormat(string name) => Path.GetExtension(name) is ".ckpt" or ".pt" or ".pth" or ".msgpack" or ".onnx";
}
