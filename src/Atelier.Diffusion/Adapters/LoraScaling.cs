using System.Text.Json;
using System.Text.RegularExpressions;

namespace Atelier.Diffusion.Adapters;

/// <summary>Ranks and alphas as peft's <c>LoraConfig</c> gives them: in <c>adapter_config.json</c>, or in the header of a diffusers file.</summary>
internal sealed class LoraScaling
{
    /// <summary>Gets the scaling of a file that says nothing.</summary>
    public static LoraScaling Unknown { get; } = new(null, null, [], []);

    // What peft's LoraConfig takes where a key is missing.
    private const int DefaultRank = 8;
    private const double DefaultAlpha = 8;

    // How and where adapters were made, which changes nothing about what they are.
    private static readonly string[] Harmless =
    [
        "alpha_pattern", "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config", "exclude_modules", "inference_mode",
        "layers_pattern", "layers_to_transform", "loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_config", "megatron_core", "peft_version",
        "qalora_group_size", "r", "rank_pattern", "revision", "runtime_config", "target_modules", "task_type",
    ];

    // Other ways to start change the network's own weights as well.
    private static readonly string[] HarmlessStarts = ["gaussian", "eva", "orthogonal"];

    private readonly int? _rank;
    private readonly double? _alpha;
    private readonly List<(Regex Pattern, double Value)> _ranks;
    private readonly List<(Regex Pattern, double Value)> _alphas;

    private LoraScaling(int? rank, double? alpha, List<(Regex Pattern, double Value)> ranks, List<(Regex Pattern, double Value)> alphas)
    {
        (_rank, _alpha, _ranks, _alphas) = (rank, alpha, ranks, alphas);
    }

    /// <summary>Reads the keys of a <c>LoraConfig</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="prefix">What the keys begin with; others are left to other networks. Empty for none.</param>
    /// <param name="source">Where the text is, for messages.</param>
    /// <returns>The scaling; unknown where no key has the prefix.</returns>
    /// <exception cref="InvalidDataException">The text is not such an object.</exception>
    /// <exception cref="NotSupportedException">It asks for what is not implemented; the message names the keys.</exception>
    public static LoraScaling Parse(ReadOnlyMemory<byte> json, string prefix, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var entries = document.RootElement.EnumerateObject().Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(entry => (Name: entry.Name[prefix.Length..], entry.Value)).ToList();
            var refused = entries.Where(entry => IsRefused(entry.Name, entry.Value)).Select(entry => $"{entry.Name} = {entry.Value.GetRawText()}").ToList();
            if (refused.Count > 0)
            {
                throw new NotSupportedException($"{source} asks for what is not implemented: {string.Join(", ", refused)}.");
            }

            return entries.Count == 0 ? Unknown : new LoraScaling(
                Find(entries, "r")?.GetInt32() ?? DefaultRank,
                Find(entries, "lora_alpha")?.GetDouble() ?? DefaultAlpha,
                Patterns(Find(entries, "rank_pattern")),
                Patterns(Find(entries, "alpha_pattern")));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or RegexParseException)
        {
            throw new InvalidDataException($"{source} is not the LoRA configuration that it should be: {exception.Message}", exception);
        }
    }

    /// <summary>Gives a module's α.</summary>
    /// <param name="module">The module's name.</param>
    /// <returns>α, or null where nothing is known.</returns>
    public double? AlphaOf(string module) => FirstMatch(_alphas, module) ?? _alpha;

    /// <summary>Gives a module's rank.</summary>
    /// <param name="module">The module's name.</param>
    /// <returns>r, or null where nothing is known.</returns>
    public long? RankOf(string module) => (long?)FirstMatch(_ranks, module) ?? _rank;

    private static double? FirstMatch(List<(Regex Pattern, double Value)> patterns, string module)
    {
        try
        {
            foreach (var (pattern, value) in patterns)
            {
                if (pattern.IsMatch(module))
                {
                    return value;
                }
            }

            return null;
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new InvalidDataException($"The pattern '{exception.Pattern}' of a LoRA configuration takes too long to match.", exception);
        }
    }

    private static bool IsRefused(string name, JsonElement value) => name switch
    {
        "bias" => !IsText(value, "none"),
        "peft_type" => !IsText(value, "LORA"),
        "init_lora_weights" => value.ValueKind == JsonValueKind.String && !HarmlessStarts.Contains(value.GetString(), StringComparer.Ordinal),
        _ => !IsNothing(value) && !Harmless.Contains(name, StringComparer.Ordinal),
    };

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.ValueEquals(text));

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private static JsonElement? Find(List<(string Name, JsonElement Value)> entries, string name)
    {
        var (_, value) = entries.Find(entry => string.Equals(entry.Name, name, StringComparison.Ordinal));
        return value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : value;
    }

    // As in peft: a key is a regular expression for the end of a module's name, from a dot on, and the first one that matches counts.
    private static List<(Regex Pattern, double Value)> Patterns(JsonElement? json) => json is not { } patterns ? [] :
    [
        .. patterns.EnumerateObject().Select(entry =>
            (new Regex($@"\A(?:.*\.)?(?:{entry.Name})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), entry.Value.GetDouble())),
    ];
}
