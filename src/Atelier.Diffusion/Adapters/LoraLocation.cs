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
