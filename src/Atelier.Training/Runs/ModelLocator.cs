using Atelier.Artifacts.Hub;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Finds the folder of a model that a person named.</summary>
public static class ModelLocator
{
    /// <summary>The name of the model that comes with the product.</summary>
    public const string EmbeddedName = "tiny-sd";

    /// <summary>The file beside a model's <c>model_index.json</c> that holds the weights of its judge.</summary>
    public const string JudgeFile = "judge.safetensors";

    private const string EmbeddedFolder = "models";

    /// <summary>Finds a model's folder.</summary>
    /// <param name="name"><see cref="EmbeddedName"/>, or the path of a folder in diffusers' layout.</param>
    /// <returns>The full path of the folder, which holds <c>model_index.json</c>; null when there is none.</returns>
    public static string? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);

        var folder = name.Equals(EmbeddedName, StringComparison.Ordinal) ? FindEmbedded() : name;
        return folder is not null && File.Exists(Path.Combine(folder, ModelIndex.FileName)) ? Path.GetFullPath(folder) : null;
    }

    /// <summary>Says why a name leads to no model.</summary>
    /// <param name="name">The name.</param>
    /// <returns>A sentence without its full stop.</returns>
    public static string ExplainUnknown(string name)
    {
        ArgumentNullException.ThrowIfNull(name);

        if (Directory.Exists(name))
        {
            return $"{name} is no diffusers pipeline: it has no {ModelIndex.FileName}";
        }

        return name.Equals(EmbeddedName, StringComparison.Ordinal)
            ? $"the embedded model is missing from this installation: there is no folder {EmbeddedFolder}/{EmbeddedName} beside the program"
            : $"\"{name}\" is neither {EmbeddedName}, nor a folder in diffusers' layout, nor a repository of the hub (NAMESPACE/NAME){Spelling.Suggest(name, [EmbeddedName])}";
    }

    // Beside the program, else (for programs that run from a build folder) in the nearest folder above it.
    private static string? FindEmbedded()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, EmbeddedFolder, EmbeddedName);
            if (File.Exists(Path.Combine(candidate, ModelIndex.FileName)))
            {
                return candidate;
            }
        }

        return null;
    }
}
