using System.Reflection;
using Atelier.Training.Settings;

namespace Atelier.Training.Recipes;

/// <summary>Holds a named set of settings to start from, with what to expect of it.</summary>
/// <remarks>A recipe is the lowest layer: a file, the environment and the command line go over it. Its JSON has the schema of a configuration file.</remarks>
public sealed class Recipe
{
    /// <summary>The recipe of a run that names neither a recipe nor a model.</summary>
    public const string DefaultName = "quickstart";

    private const string ResourcePrefix = "Recipes/";
    private const string ResourceSuffix = ".json";

    private static readonly Assembly Owner = typeof(Recipe).Assembly;

    private Recipe(string name, SettingsLayer settings)
    {
        Name = name;
        Settings = settings;
    }

    /// <summary>Gets the names of all recipes: the default one first, the others in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Owner.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..^ResourceSuffix.Length])
            .OrderBy(name => string.Equals(name, DefaultName, StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(name => name, StringComparer.Ordinal),
    ];

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets what to expect, and how long it takes.</summary>
    public string Description => Settings.Notes.GetValueOrDefault("description", "");

    /// <summary>Gets the settings that the recipe gives.</summary>
    public SettingsLayer Settings { get; }

    /// <summary>Loads all recipes.</summary>
    /// <returns>The recipes in the order of <see cref="Names"/>.</returns>
    public static IReadOnlyList<Recipe> List() => [.. Names.Select(Load)];

    /// <summary>Loads a recipe.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="ArgumentException">No recipe has this name; the message lists those that exist.</exception>
    public static Recipe Load(string name) => Find(name) ?? throw new ArgumentException(ExplainUnknown(name), nameof(name));

    /// <summary>Loads a recipe if it exists.</summary>
    /// <param name="name">A name.</param>
    /// <returns>The recipe, or null when none has this name.</returns>
    public static Recipe? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);

        using var stream = Owner.GetManifestResourceStream(ResourcePrefix + name + ResourceSuffix);
        if (stream is null)
        {
            return null;
        }

        using StreamReader reader = new(stream);
        List<string> problems = [];
        var settings = SettingsLayer.FromJson(reader.ReadToEnd(), $"recipe {name}", SettingsSchema.Of<RunSettings>(), problems);
        return problems.Count == 0
            ? new Recipe(name, settings)
            : throw new InvalidDataException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>Says that no recipe has a name.</summary>
    /// <param name="name">The unknown name.</param>
    /// <returns>A sentence without its full stop, with the names that exist and the one that was probably meant.</returns>
    public static string ExplainUnknown(string name) =>
        $"unknown recipe \"{name}\" (known: {string.Join(", ", Names)}){Spelling.Suggest(name, Names)}";

    /// <summary>Makes the settings of a run that follows the recipe to the letter.</summary>
    /// <returns>The settings; what the recipe doesn't say has the default.</returns>
    public RunSettings ToRunSettings() => SettingsSchema.Of<RunSettings>().Bind<RunSettings>(Settings);
}
