using System.Text.Json.Nodes;
using Atelier.Training.Settings;
using Tomlyn;
using Tomlyn.Model;

namespace Atelier.Cli.Options;

/// <summary>Reads a configuration file: JSON or TOML, one flat name for each setting.</summary>
internal static class ConfigFile
{
    /// <summary>Reads a file by its extension; what is wrong with it goes to the problems, under the path as given.</summary>
    public static SettingsLayer Read(string path, SettingsSchema schema, ICollection<string> problems)
    {
        try
        {
            var text = File.ReadAllText(path);
            switch (Path.GetExtension(path).ToUpperInvariant())
            {
                case ".JSON":
                    return SettingsLayer.FromJson(text, path, schema, problems);
                case ".TOML":
                    return SettingsLayer.FromObject(ParseToml(text), path, schema, problems);
                default:
                    problems.Add($"{path}: a configuration file ends in .json or .toml");
                    break;
            }
        }
        catch (TomlException error)
        {
            problems.Add($"{path}: not TOML: {error.Message.ReplaceLineEndings(" ").Trim()}");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add($"{path}: there is no such file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: {error.Message}");
        }

        return SettingsLayer.Unreadable(path);
    }

    private static JsonObject ParseToml(string text) => Convert(TomlSerializer.Deserialize<TomlTable>(text) ?? []);

    private static JsonObject Convert(TomlTable table)
    {
        JsonObject result = [];
        foreach (var (name, value) in table)
        {
            result[name] = ConvertValue(value);
        }

        return result;
    }

    private static JsonNode ConvertValue(object? value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        long whole => JsonValue.Create(whole),
        double number when double.IsFinite(number) => JsonValue.Create(number),
        TomlTable table => Convert(table),
        TomlArray items => new JsonArray([.. items.Select(ConvertValue)]),
        _ => JsonValue.Create(value?.ToString() ?? ""),
    };
}
