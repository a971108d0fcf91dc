using Atelier.Artifacts.Hub;

namespace Atelier.Training.Runs;

/// <summary>What pictures are made with: a model's folder and perhaps a LoRA.</summary>
public sealed record PictureModel
{
    /// <summary>Gets the model's folder; empty when there are problems.</summary>
    public string Folder { get; private init; } = "";

    /// <summary>Gets the LoRA's file or folder; null for none.</summary>
    public string? Lora { get; private init; }

    /// <summary>Gets what is wrong, one sentence each; none when the model can be loaded.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>Finds what two names mean.</summary>
    /// <param name="model">A model's name or folder, or a run's folder whose model was trained as a whole. Empty for the one that the LoRA's run began with, else the embedded one.</param>
    /// <param name="lora">A LoRA's file or folder, or a run's folder; empty for none.</param>
    /// <returns>What was found, and what was not.</returns>
    public static PictureModel Find(string model, string lora)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(lora);

        List<string> problems = [];
        if (lora.Length > 0 && !Path.Exists(lora))
        {
            problems.Add($"lora: there is no file or folder {lora}");
        }
        else if (lora.Length > 0 && WholeModelOf(lora) is { } whole)
        {
            problems.Add($"lora: {lora} holds a model that was trained as a whole: use pretrained_model {whole}");
        }

        var name = model.Length > 0 ? model : StartOf(lora) ?? ModelLocator.EmbeddedName;
        var folder = ModelLocator.Find(name) ?? WholeModelOf(name);
        if (folder is null)
        {
            problems.Add($"pretrained_model: {ModelLocator.ExplainUnknown(name)}");
        }

        return new PictureModel { Folder = folder ?? "", Lora = lora.Length > 0 ? lora : null, Problems = problems };
    }

    // The model that a run began with, given the run's folder, its final/ or the file in it.
    private static string? StartOf(string lora)
    {
        if (lora.Length == 0)
        {
            return null;
        }

        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(lora));
        for (var up = 0; up < 3 && folder is not null; up++, folder = Path.GetDirectoryName(folder))
        {
            if (RunManifest.Find(new RunFolder(folder).Manifest) is { ModelFolder.Length: > 0 } manifest)
            {
                return manifest.ModelFolder;
            }
        }

        return null;
    }

    private static string? WholeModelOf(string path) =>
        ((string[])[path, new RunFolder(path).Final]).FirstOrDefault(folder => File.Exists(Path.Combine(folder, ModelIndex.FileName)));
}
