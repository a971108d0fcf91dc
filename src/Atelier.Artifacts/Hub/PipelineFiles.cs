using System.Globalization;
using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub;

/// <summary>Chooses the files of a diffusers repository that a pipeline is loaded from: no duplicates in other formats, no single-file checkpoints, no pictures.</summary>
public static partial class PipelineFiles
{
    private const string SafetensorsExtension = "safetensors";
    private const string BinExtension = "bin";

    private static readonly WeightName[] DiffusersWeights =
        [new("diffusion_pytorch_model", SafetensorsExtension), new("model", SafetensorsExtension), new("diffusion_pytorch_model", BinExtension), new("pytorch_model", BinExtension)];

    private static readonly WeightName[] TransformersWeights =
        [new("model", SafetensorsExtension), new("diffusion_pytorch_model", SafetensorsExtension), new("pytorch_model", BinExtension), new("diffusion_pytorch_model", BinExtension)];

    private static readonly string[] WeightlessClasses = ["Scheduler", "Tokenizer", "TokenizerFast", "FeatureExtractor", "ImageProcessor", "ImageProcessorFast", "Processor"];

    /// <summary>Chooses the files of a pipeline.</summary>
    /// <param name="paths">All files of the repository.</param>
    /// <param name="index">The repository's <c>model_index.json</c>.</param>
    /// <param name="request">What is wanted.</param>
    /// <returns>The choice.</returns>
    /// <exception cref="HubException">A component has no weights, or no component has the variant; the message lists what there is.</exception>
    public static PipelineSelection Select(IReadOnlyCollection<string> paths, ModelIndex index, HubPipelineRequest request)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(request);
        var sorted = paths.Order(StringComparer.Ordinal).ToList();
        var choices = new List<Choice>();
        foreach (var name in index.Components.Keys.Order(StringComparer.Ordinal))
        {
            if (index.Components[name] is { } component && IsLoaded(name, request))
            {
                choices.Add(Choose(name, component, sorted, request));
            }
        }

        var missing = request.OtherComponents.Where(name => !index.Components.TryGetValue(name, out var component) || component is null).ToList();
        if (missing.Count > 0)
        {
            throw new HubException(HubErrorKind.Unsuitable, $"The pipeline has no component {HubText.List(missing)}; it has {HubText.List([.. index.Components.Where(pair => pair.Value is not null).Select(pair => pair.Key)])}.");
        }

        RequireVariant(choices, sorted, request.Variant);
        var files = choices.SelectMany(choice => choice.Files).Append(ModelIndex.FileName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var indexes = files.Where(IsShardIndex).ToList();
        return new PipelineSelection(files, indexes, [.. choices.Select(choice => choice.Warning).OfType<string>()]);
    }

    /// <summary>Chooses the file of an adapter.</summary>
    /// <param name="paths">All files of the repository.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="HubException">There is none, or there are several and none has the usual name, or the repository is a pipeline.</exception>
    public static string SelectLora(IReadOnlyCollection<string> paths)
    {
        const string usualName = "pytorch_lora_weights.safetensors";
        const string pickledName = "pytorch_lora_weights.bin";
        ArgumentNullException.ThrowIfNull(paths);

        var candidates = paths.Where(path => !path.Contains('/', StringComparison.Ordinal) && path.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        if (candidates.Contains(usualName, StringComparer.Ordinal))
        {
            return usualName;
        }

        // What lies in the root of a pipeline is the whole model in one file, unless its name says that it is none.
        if (paths.Contains(ModelIndex.FileName, StringComparer.Ordinal) && !paths.Contains(pickledName, StringComparer.Ordinal) && !candidates.Exists(name => name.Contains("lora", StringComparison.OrdinalIgnoreCase)))
        {
            throw new HubException(HubErrorKind.Unsuitable, $"The repository is a whole pipeline (it has {ModelIndex.FileName}) and no LoRA: use --pretrained-model.");
        }

        return candidates.Count switch
        {
            1 => candidates[0],
            0 when paths.Contains(pickledName, StringComparer.Ordinal) => pickledName,
            0 => throw new HubException(HubErrorKind.Unsuitable, $"The repository has no adapter: neither a .safetensors file nor {pickledName} in its root. {Offer(paths)}"),
            _ => throw new HubException(HubErrorKind.Unsuitable, $"The repository has several files that can be the adapter: {HubText.List(candidates)}. Fetch one of them by its name and use its path."),
        };
    }

    private static string Offer(IReadOnlyCollection<string> paths)
    {
        var files = paths.Where(path => path.EndsWith(".safetensors", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        return files.Count == 0 ? $"It has {HubText.List([.. paths.Order(StringComparer.Ordinal)])}." : $"It has {HubText.List(files)}.";
    }

    private static bool IsLoaded(string name, HubPipelineRequest request)
        => !name.StartsWith('_')
            && (name is "unet" or "vae" or "scheduler"
                || name.StartsWith("tokenizer", StringComparison.Ordinal)
                || name.StartsWith("text_encoder", StringComparison.Ordinal)
                || request.OtherComponents.Contains(name, StringComparer.Ordinal));

    private static Choice Choose(string name, ModelComponent component, List<string> paths, HubPipelineRequest request)
    {
        var variant = request.Variant;
        var start = $"{name}/";
        var inside = paths.Where(path => path.StartsWith(start, StringComparison.Ordinal)).ToList();
        if (Array.Exists(WeightlessClasses, ending => component.ClassName.EndsWith(ending, StringComparison.Ordinal)))
        {
            // A flat repository keeps these files in its root.
            return new Choice(name, inside.Count > 0 ? inside : [.. paths.Where(path => FlatName().IsMatch(path))], HasWeights: false, IsVariant: false, Warning: null);
        }

        var names = inside.Select(path => path[start.Length..]).ToHashSet(StringComparer.Ordinal);
        var choice = (variant is null ? null : ChooseWeights(name, component, names, variant, isVariant: true)) ?? ChooseWeights(name, component, names, variant, isVariant: false);
        return choice ?? throw new HubException(
            HubErrorKind.Unsuitable,
            names.Count == 0 ? $"The repository has no folder '{name}', which its {ModelIndex.FileName} names." : $"The folder '{name}' has no weights that are known here; it has {HubText.List([.. names.Order(StringComparer.Ordinal)])}.");
    }

    private static Choice? ChooseWeights(string name, ModelComponent component, HashSet<string> names, string? variant, bool isVariant)
    {
        foreach (var weights in component.Library == "diffusers" ? DiffusersWeights : TransformersWeights)
        {
            if (FindSet(names, weights.Stem, weights.Extension, isVariant ? variant : null) is { } set)
            {
                return new Choice(name, [.. set.Append("config.json").Where(names.Contains).Select(file => $"{name}/{file}")], HasWeights: true, isVariant, Warning(name, variant, isVariant, weights.Extension));
            }
        }

        return null;
    }

    private static string? Warning(string name, string? variant, bool isVariant, string extension)
    {
        var plain = variant is not null && !isVariant ? $"'{name}' has no variant '{variant}': its plain weights are taken." : null;
        var pickled = extension == BinExtension ? $"'{name}' has no safetensors weights: the .bin files are taken." : null;
        return plain is null || pickled is null ? plain ?? pickled : $"{plain} {pickled}";
    }

    // One file, or all shards with their index. A set that is not complete is none.
    private static List<string>? FindSet(HashSet<string> names, string stem, string extension, string? variant)
    {
        var single = variant is null ? $"{stem}.{extension}" : $"{stem}.{variant}.{extension}";
        if (names.Contains(single))
        {
            return [single];
        }

        var index = variant is null ? $"{stem}.{extension}.index.json" : $"{stem}.{extension}.index.{variant}.json";
        if (!names.Contains(index))
        {
            return null;
        }

        var shards = names.Select(name => (Name: name, Match: ShardName().Match(name))).Where(pair => pair.Match.Success
            && pair.Match.Groups["stem"].Value == stem && pair.Match.Groups["extension"].Value == extension
            && (pair.Match.Groups["before"].Value, pair.Match.Groups["after"].Value) is var (before, after)
            && (variant is null ? before.Length + after.Length == 0 : before + after == variant)).ToList();
        var complete = shards.GroupBy(pair => pair.Match.Groups["count"].Value, StringComparer.Ordinal)
            .FirstOrDefault(group => group.Select(pair => pair.Match.Groups["number"].Value).Distinct(StringComparer.Ordinal).Count() == int.Parse(group.Key, CultureInfo.InvariantCulture));
        return complete is null ? null : [index, .. complete.Select(pair => pair.Name).Order(StringComparer.Ordinal)];
    }

    // Regular expressions cost more to get ready than all the rest here, so this one, which every choice needs, is none.
    private static bool IsShardIndex(string path) => path.EndsWith(".json", StringComparison.Ordinal)
        && (path.Contains($".{SafetensorsExtension}.index.", StringComparison.Ordinal) || path.Contains($".{BinExtension}.index.", StringComparison.Ordinal));

    private static void RequireVariant(List<Choice> choices, List<string> paths, string? variant)
    {
        if (variant is null || choices.Exists(choice => choice.IsVariant) || !choices.Exists(choice => choice.HasWeights))
        {
            return;
        }

        var variants = paths.Select(path => path[(path.LastIndexOf('/') + 1)..]).Select(name => VariantName().Match(name)).Where(match => match.Success)
            .Select(match => match.Groups["variant"].Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        throw new HubException(HubErrorKind.Unsuitable, $"No component has the variant '{HubText.Shown(variant, 100)}'. {(variants.Count == 0 ? "There are only plain weights." : $"There are: {HubText.List(variants)}.")}");
    }

    [GeneratedRegex(@"^(?<stem>[A-Za-z_]+)(?:\.(?<before>[^.-]+))?-(?<number>\d{5})-of-(?<count>\d{5})(?:\.(?<after>[^.-]+))?\.(?<extension>safetensors|bin)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ShardName();

    [GeneratedRegex(@"^(?:diffusion_pytorch_model|pytorch_model|model)(?:\.(?<variant>[^.-]+)(?:-\d{5}-of-\d{5})?|-\d{5}-of-\d{5}\.(?<variant>[^.-]+))\.(?:safetensors|bin)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VariantName();

    [GeneratedRegex(@"^(?:tokenizer[^/]*\.json|config\.json)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FlatName();

    private sealed record WeightName(string Stem, string Extension);

    private sealed record Choice(string Name, IReadOnlyList<string> Files, bool HasWeights, bool IsVariant, string? Warning);
}
