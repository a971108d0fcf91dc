namespace Atelier.Diffusion.Adapters;

/// <summary>Finds the LoRA file that a path means.</summary>
internal static class LoraLocation
{
    /// <summary>The name that diffusers gives a LoRA file.</summary>
    public const string DiffusersName = "pytorch_lora_weights.safetensors";

    /// <summary>The name that peft gives a LoRA file.</summary>
    public const string PeftName = "adapter_model.safetensors";

    /// <summary>The file beside peft's that says how its tensors are meant.</summary>
    public const string PeftConfigName = "adapter_config.json";

    // A list of all modules of a large network has some 100 kB.
    private const int MaximumConfigByteCount = 4 * 1024 * 1024;

    // What the first releases of diffusers with LoRA wrote.
    private const string PickledName = "pytorch_lora_weights.bin";
    private const string FinalFolder = "final";

    /// <summary>Finds the file.</summary>
    /// <param name="path">The file itself, its folder, or a run's folder.</param>
    /// <returns>The file.</returns>
    /// <exception cref="FileNotFoundException">There is none; the message says what there is.</exception>
    public static string Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing.", path);
        }

        foreach (var candidate in (ReadOnlySpan<string>)[DiffusersName, PeftName, Path.Combine(FinalFolder, DiffusersName)])
        {
            if (File.Exists(Path.Combine(path, candidate)))
            {
                return Path.Combine(path, candidate);
            }
        }

        var others = Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal).ToList();
        return others.Count switch
        {
            1 => others[0],
            0 when File.Exists(Path.Combine(path, PickledName)) => Path.Combine(path, PickledName),
            _ => throw new FileNotFoundException(Explain(path, others), Path.Combine(path, DiffusersName)),
        };
    }

    /// <summary>Reads the configuration beside peft's file.</summary>
    /// <param name="path">The configuration.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="InvalidDataException">It is too long.</exception>
    public static byte[] ReadConfig(string path)
    {
        using var stream = File.OpenRead(path);
        if (stream.Length > MaximumConfigByteCount)
        {
            throw new InvalidDataException($"{path} has {stream.Length} bytes; a configuration of at most {MaximumConfigByteCount} is accepted.");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string Explain(string folder, List<string> others)
    {
        if (others.Count > 1)
        {
            return $"{folder} has several files, and none is called {DiffusersName}: name one of {string.Join(", ", others.Select(Path.GetFileName))}.";
        }

        var pickles = Directory.EnumerateFiles(folder, "*.bin").Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        return pickles.Count == 0
            ? $"{folder} has no {DiffusersName}."
            : $"{folder} has no {DiffusersName}; it has {string.Join(", ", pickles)}: name the file that is meant.";
    }
}
