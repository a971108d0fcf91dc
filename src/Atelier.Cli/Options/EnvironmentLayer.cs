using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Reads settings from environment variables: <c>ATELIER_SAMPLE_BATCH_SIZE=6</c>.</summary>
internal static class EnvironmentLayer
{
    public const string Prefix = "ATELIER_";

    public static string Spell(string name) => Prefix + name.ToUpperInvariant();

    /// <summary>Reads every setting that has a variable. An empty variable says nothing; one that is nearly a setting's gets a warning.</summary>
    public static SettingsLayer Read(SettingsSchema schema, CliEnvironment environment, ICollection<string> problems)
    {
        SettingsLayer layer = new("environment");
        foreach (var (variable, text) in environment.Variables.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(Prefix, StringComparison.Ordinal) || text.Length == 0)
            {
                continue;
            }

            var name = variable[Prefix.Length..].ToLowerInvariant();
            if (schema.Find(name) is { Placeholder: null } setting)
            {
                layer.Type(setting, [text], variable, problems);
            }
            else if (!environment.IsQuiet && Spelling.Nearest(name, schema.Settings.Select(known => known.Name)) is { } nearest)
            {
                environment.Error.WriteLine($"warning: {variable} is not a setting; did you mean {Spell(nearest)}?");
            }
        }

        return layer;
    }

    /// <summary>Reads a variable that is no setting; null when it is unset or empty.</summary>
    public static string? Find(string name, CliEnvironment environment) =>
        environment.Variables.GetValueOrDefault(Spell(name)) is { Length: > 0 } text ? text : null;
}
