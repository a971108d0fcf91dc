namespace Atelier.Diffusion.Adapters;

/// <summary>What the name of a tensor in a LoRA file says.</summary>
/// <param name="Module">The module's name, or what kohya's scripts make of it.</param>
/// <param name="IsFlattened">Whether the name has underscores for its dots, so that only a network's own names can tell what it means.</param>
/// <param name="Part">Which tensor of the module it is.</param>
internal readonly record struct LoraKey(string Module, bool IsFlattened, LoraPart Part)
{
    /// <summary>What peft puts before a network's own names.</summary>
    public const string PeftPrefix = "base_model.model.";

    /// <summary>What diffusers puts before the UNet's names.</summary>
    public const string DiffusersPrefix = "unet.";

    /// <summary>What kohya's scripts put before the UNet's flattened names.</summary>
    public const string KohyaPrefix = "lora_unet_";

    private const string ProcessorSegment = ".processor.";

    private static readonly (string Suffix, LoraPart Part)[] Suffixes =
    [
        (".lora_A.weight", LoraPart.Down), (".lora_B.weight", LoraPart.Up),
        (".lora_A.default.weight", LoraPart.Down), (".lora_B.default.weight", LoraPart.Up),
        (".lora.down.weight", LoraPart.Down), (".lora.up.weight", LoraPart.Up),
        (".lora_down.weight", LoraPart.Down), (".lora_up.weight", LoraPart.Up),
        (".alpha", LoraPart.Alpha),
        ("_lora.down.weight", LoraPart.Down), ("_lora.up.weight", LoraPart.Up), // attention processors, diffusers before 0.22
    ];

    // In the order in which they are looked for.
    private static readonly (string Mark, string Kind)[] Unsupported =
    [
        ("dora_scale", "DoRA magnitudes"), ("lora_magnitude_vector", "DoRA magnitudes"),
        ("hada_", "LoHa factors"), ("lokr_", "LoKr factors"), ("lora_mid", "LoCon's Tucker factors"), ("oft_", "OFT blocks"),
    ];

    private static readonly string[] TextEncoderPrefixes = ["text_encoder.", "text_encoder_2.", "lora_te_", "lora_te1_", "lora_te2_"];

    /// <summary>Reads a tensor's name in any of the known styles.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="key">What it says.</param>
    /// <returns>Whether the name is understood.</returns>
    public static bool TryParse(string name, out LoraKey key)
    {
        key = default;
        if (UnsupportedKind(name) is not null)
        {
            return false;
        }

        var rest = Without(Without(name, PeftPrefix), DiffusersPrefix);
        var isFlattened = rest.StartsWith(KohyaPrefix, StringComparison.Ordinal);
        rest = isFlattened ? rest[KohyaPrefix.Length..] : rest;
        foreach (var (suffix, part) in Suffixes)
        {
            if (rest.Length > suffix.Length && rest.EndsWith(suffix, StringComparison.Ordinal))
            {
                var module = rest[..^suffix.Length];
                key = new LoraKey(suffix[0] == '_' ? ProcessorModule(module) : module, isFlattened, part);
                return key.Module.Length > 0;
            }
        }

        return false;
    }

    /// <summary>Says what kind of tensor a name stands for that Atelier does not implement.</summary>
    /// <param name="name">The name in the file.</param>
    /// <returns>The kind in words, or null.</returns>
    public static string? UnsupportedKind(string name)
    {
        if (TextEncoderPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return "adapters of a text encoder";
        }

        return Unsupported.FirstOrDefault(pair => name.Contains(pair.Mark, StringComparison.Ordinal)).Kind;
    }

    /// <summary>Writes a module's name as kohya's scripts do.</summary>
    /// <param name="module">The module's name.</param>
    /// <returns>The name with underscores for its dots.</returns>
    public static string Flatten(string module) => module.Replace('.', '_');

    // down_blocks.0…attn1.processor.to_out -> down_blocks.0…attn1.to_out.0; an empty text where there is no processor.
    private static string ProcessorModule(string module)
    {
        var split = module.LastIndexOf(ProcessorSegment, StringComparison.Ordinal);
        if (split < 0)
        {
            return string.Empty;
        }

        var projection = module[(split + ProcessorSegment.Length)..];
        return $"{module[..split]}.{(string.Equals(projection, "to_out", StringComparison.Ordinal) ? "to_out.0" : projection)}";
    }

    private static string Without(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
}
