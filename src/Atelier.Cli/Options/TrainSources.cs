using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Training.Recipes;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Finds the layers that lie below the environment and the command line in <c>atelier train</c>: a recipe, and a file above it.</summary>
internal sealed class TrainSources
{
    private const string List = "list";
    private const string None = "none";

    private static readonly JsonSerializerOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _recipe = new("--recipe")
    {
        HelpName = "NAME",
        Description = "Starts from a named set of settings; list shows them all, none starts from the defaults. "
            + $"Default {Recipe.DefaultName}, or none where a model is named.",
    };

    private readonly Option<string> _file = new("--config")
    {
        HelpName = "FILE",
        Description = "Reads settings from a .json or .toml file, each under its name with underscores: sample_batch_size. Default: no file.",
    };

    public IReadOnlyList<Option> Options => [_recipe, _file];

    public bool IsListWanted(ParseResult result) => string.Equals(result.GetValue(_recipe), List, StringComparison.Ordinal);

    /// <summary>Reads the layers, the lowest first, given those that lie above them.</summary>
    public IReadOnlyList<SettingsLayer> Read(ParseResult result, CliEnvironment environment, IReadOnlyList<SettingsLayer> above, ICollection<string> problems)
    {
        List<SettingsLayer> layers = [];
        if ((result.GetValue(_file) ?? EnvironmentLayer.Find("config", environment)) is { } path)
        {
            layers.Add(ConfigFile.Read(path, SettingsSchema.Of<RunSettings>(), problems));
        }

        List<SettingsLayer> given = [.. layers, .. above];
        if (Said(given, "resume_from") is { Length: > 0 } wanted)
        {
            if (result.GetValue(_recipe) is not null)
            {
                problems.Add("--recipe and resume_from contradict each other: a resumed run has the settings it was started with");
            }

            return [ReadRun(wanted, given, problems), .. layers];
        }

        var name = result.GetValue(_recipe)
            ?? EnvironmentLayer.Find("recipe", environment)
            ?? layers.Select(layer => layer.Notes.GetValueOrDefault("recipe")).FirstOrDefault()
            ?? (layers.Concat(above).Any(layer => layer.Values.ContainsKey("pretrained_model")) ? None : Recipe.DefaultName);
        if (Recipe.Find(name) is { } recipe)
        {
            layers.Insert(0, recipe.Settings);
        }
        else if (!string.Equals(name, None, StringComparison.Ordinal))
        {
            problems.Add(Recipe.ExplainUnknown(name));
            layers.Insert(0, SettingsLayer.Unreadable($"recipe {name}"));
        }

        return layers;
    }

    private static string? Said(IEnumerable<SettingsLayer> layers, string name) =>
        layers.Select(layer => layer.Values.GetValueOrDefault(name)?.GetValue<string>()).LastOrDefault(text => text is not null);

    // A resumed run starts from its own settings. Where it lies now counts, not where it lay when it was started.
    private static SettingsLayer ReadRun(string wanted, IReadOnlyList<SettingsLayer> given, ICollection<string> problems)
    {
        var schema = SettingsSchema.Of<RunSettings>();
        RunSettings defaults = new();
        try
        {
            var run = ResumePoint.Find(wanted, Said(given, "output_folder") ?? defaults.OutputFolder, Said(given, "run_name") ?? "").Run;
            var layer = ConfigFile.Read(run.Config, schema, problems);
            layer.Type(schema.Find("output_folder")!, [Path.GetDirectoryName(Path.GetFullPath(run.Path))!], "output_folder", problems);
            layer.Type(schema.Find("run_name")!, [run.Name], "run_name", problems);
            return layer;
        }
        catch (InvalidDataException exception)
        {
            problems.Add($"resume_from: {exception.Message}");
            return SettingsLayer.Unreadable("resume_from");
        }
    }

    public static void WriteRecipes(CliEnvironment environment)
    {
        if (environment.IsJson)
        {
            JsonArray array = [.. Recipe.List().Select(recipe => new JsonObject { ["name"] = recipe.Name, ["description"] = recipe.Description })];
            environment.Output.WriteLine(array.ToJsonString(JsonOptions));
            return;
        }

        foreach (var recipe in Recipe.List())
        {
            environment.Output.WriteLine(recipe.Name);
            environment.Output.WriteParagraph(recipe.Description, indent: 6);
        }
    }
}
