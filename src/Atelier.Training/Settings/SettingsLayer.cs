using System.Text.Json;
using System.Text.Json.Nodes;

namespace Atelier.Training.Settings;

/// <summary>Holds the settings that one source gives: a recipe, a file, the environment or the command line.</summary>
public sealed class SettingsLayer
{
    // What a file may say beside its settings.
    private static readonly string[] NoteNames = ["description", "recipe"];

    private readonly Dictionary<string, JsonNode> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _notes = new(StringComparer.Ordinal);
    private readonly List<string> _misread = [];
    private bool _isUnreadable;

    /// <summary>Creates an empty layer.</summary>
    /// <param name="origin">Where the settings come from, as complaints name it.</param>
    public SettingsLayer(string origin) => Origin = origin;

    /// <summary>Gets where the settings come from, such as <c>run.json</c>.</summary>
    public string Origin { get; }

    /// <summary>Gets the values by flat name, each of its setting's type.</summary>
    public IReadOnlyDictionary<string, JsonNode> Values => _values;

    /// <summary>Gets what a file says that isn't a setting: <c>description</c> and <c>recipe</c>.</summary>
    public IReadOnlyDictionary<string, string> Notes => _notes;

    /// <summary>Creates the layer of a source that could not be read at all.</summary>
    /// <param name="origin">The source, as complaints name it.</param>
    /// <returns>An empty layer that <see cref="Explains"/> every complaint.</returns>
    public static SettingsLayer Unreadable(string origin) => new(origin) { _isUnreadable = true };

    /// <summary>Reads a JSON text of flat names.</summary>
    /// <param name="text">The text; comments and trailing commas are allowed.</param>
    /// <param name="origin">Where the text comes from, as complaints name it.</param>
    /// <param name="schema">The settings that exist.</param>
    /// <param name="problems">Receives every complaint: an unknown name, a value of the wrong type, broken JSON.</param>
    /// <returns>A layer with the settings that could be read.</returns>
    public static SettingsLayer FromJson(string text, string origin, SettingsSchema schema, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);

        try
        {
            if (JsonNode.Parse(text, documentOptions: SettingsJson.ReadOptions) is JsonObject content)
            {
                return FromObject(content, origin, schema, problems);
            }

            problems.Add($"{origin}: expected a JSON object of settings");
        }
        catch (JsonException error)
        {
            problems.Add($"{origin}: not JSON: {error.Message}");
        }

        return Unreadable(origin);
    }

    /// <summary>Reads settings from an object of flat names.</summary>
    /// <param name="content">The object; a null value leaves its setting unsaid.</param>
    /// <param name="origin">Where the object comes from, as complaints name it.</param>
    /// <param name="schema">The settings that exist.</param>
    /// <param name="problems">Receives every complaint: an unknown name, a value of the wrong type.</param>
    /// <returns>A layer with the settings that could be read.</returns>
    public static SettingsLayer FromObject(JsonObject content, string origin, SettingsSchema schema, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(problems);

        SettingsLayer layer = new(origin);
        foreach (var (name, value) in content)
        {
            if (NoteNames.Contains(name, StringComparer.Ordinal))
            {
                layer.AddNote(name, value, problems);
            }
            else if (schema.Find(name) is not { } setting)
            {
                problems.Add($"{origin}: {schema.ExplainUnknown(name)}{(value is JsonObject ? " (names are flat, as in sample_batch_size: no tables, no objects)" : "")}");
            }
            else if (value is not null && !layer.TrySet(setting, value))
            {
                layer._misread.Add(name);
                problems.Add($"{origin}: {name}: expected {setting.Expected}, got {value.ToJsonString(SettingsJson.Options)}");
            }
        }

        return layer;
    }

    /// <summary>Sets a value that a person typed.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="texts">One text, or any number for a list.</param>
    /// <param name="spelling">How the setting is called where it was typed, such as <c>--sample-batch-size</c>.</param>
    /// <param name="problems">Receives the complaint when the texts aren't of the setting's type.</param>
    public void Type(Setting setting, IReadOnlyList<string> texts, string spelling, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(problems);

        if (setting.TryParse(texts, out var value))
        {
            _values[setting.Name] = value!;
        }
        else
        {
            _misread.Add(setting.Name);
            problems.Add($"{spelling}: expected {setting.Expected}, got {(texts.Count == 0 ? "nothing" : $"\"{texts[^1]}\"")}");
        }
    }

    /// <summary>Says whether a complaint about the settings may be due to what this layer could not read, and so had better not be made.</summary>
    /// <param name="problem">A complaint, in flat names.</param>
    /// <returns>True when nothing of the layer could be read, or the complaint names a setting whose value had the wrong type.</returns>
    public bool Explains(string problem)
    {
        ArgumentNullException.ThrowIfNull(problem);

        return _isUnreadable || _misread.Exists(name => problem.Contains(name, StringComparison.Ordinal));
    }

    private void AddNote(string name, JsonNode? value, ICollection<string> problems)
    {
        if (value is null)
        {
            return;
        }

        if (value.GetValueKind() == JsonValueKind.String)
        {
            _notes[name] = value.GetValue<string>();
        }
        else
        {
            problems.Add($"{Origin}: {name}: expected a text, got {value.ToJsonString(SettingsJson.Options)}");
        }
    }

    private bool TrySet(Setting setting, JsonNode given)
    {
        if (!setting.TryAccept(given, out var value))
        {
            return false;
        }

        _values[setting.Name] = value!;
        return true;
    }
}
