using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Atelier.Training.Settings;

/// <summary>Knows every setting of a settings record under its flat name, found by reflection.</summary>
/// <remarks>
/// A property <c>NumEpochs</c> is <c>num_epochs</c>; a property <c>BatchSize</c> of a nested record <c>Sample</c> is <c>sample_batch_size</c>;
/// a property <c>Enabled</c> of a nested record has the nested record's own name; <see cref="SettingNameAttribute"/> overrides all of them.
/// Properties that can't be set aren't settings.
/// </remarks>
public sealed class SettingsSchema
{
    private static readonly ConcurrentDictionary<Type, SettingsSchema> Known = new();

    private readonly Type _root;
    private readonly List<Setting> _settings = [];
    private readonly Dictionary<string, Setting> _byName;

    private SettingsSchema(Type root)
    {
        _root = root;
        Collect(root, prefix: "", [], Activator.CreateInstance(root)!);
        _byName = _settings.ToDictionary(setting => setting.Name, StringComparer.Ordinal);
    }

    /// <summary>Gets the settings in the order in which the records declare them.</summary>
    public IReadOnlyList<Setting> Settings => _settings;

    /// <summary>Finds the settings of a record type.</summary>
    /// <typeparam name="TSettings">The record; its nested records are reached through its properties.</typeparam>
    /// <returns>The schema, the same object at every call.</returns>
    public static SettingsSchema Of<TSettings>()
        where TSettings : class, new() => Known.GetOrAdd(typeof(TSettings), type => new SettingsSchema(type));

    /// <summary>Finds a setting by its flat name.</summary>
    /// <param name="name">The name, such as <c>sample_batch_size</c>.</param>
    /// <returns>The setting, or null when there is none of that name.</returns>
    public Setting? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Says what is wrong with a name that no setting has.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="spell">How names are spelled where it was written; null for the flat names themselves.</param>
    /// <returns>A sentence without its full stop: what takes the place of an option that TRL had, or the nearest known name.</returns>
    public string ExplainUnknown(string name, Func<string, string>? spell = null)
    {
        ArgumentNullException.ThrowIfNull(name);

        spell ??= flat => flat;
        if (RetiredSettings.Explain(name) is { } replacement)
        {
            return $"{spell(name)} does not exist here: {replacement}";
        }

        var nearest = Spelling.Nearest(name, _byName.Keys);
        return $"unknown setting {spell(name)}{(nearest is null ? "" : $"; did you mean {spell(nearest)}?")}";
    }

    /// <summary>Writes settings as one JSON object of flat names: what a recipe or a configuration file holds.</summary>
    /// <param name="settings">A record of this schema's type.</param>
    /// <returns>The object, with every setting in it.</returns>
    public JsonObject Flatten(object settings)
    {
        JsonObject flat = [];
        foreach (var setting in _settings)
        {
            flat[setting.Name] = JsonSerializer.SerializeToNode(setting.Read(settings), setting.ValueType, SettingsJson.Options);
        }

        return flat;
    }

    /// <summary>Writes settings as an indented JSON text of flat names.</summary>
    /// <param name="settings">A record of this schema's type.</param>
    /// <returns>The text, which <see cref="Bind{TSettings}"/> reads back through a <see cref="SettingsLayer"/>.</returns>
    public string ToJson(object settings) => Flatten(settings).ToJsonString(SettingsJson.Options);

    /// <summary>Makes a settings record from layers, the last one winning; what no layer says keeps the record's default.</summary>
    /// <typeparam name="TSettings">This schema's record.</typeparam>
    /// <param name="layers">The layers, the lowest first.</param>
    /// <returns>The record. Its values have the right types; whether they make sense is for its own checks.</returns>
    /// <exception cref="InvalidOperationException"><typeparamref name="TSettings"/> isn't this schema's record.</exception>
    public TSettings Bind<TSettings>(params IEnumerable<SettingsLayer> layers)
        where TSettings : class, new()
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (typeof(TSettings) != _root)
        {
            throw new InvalidOperationException($"This is the schema of {_root.Name}, not of {typeof(TSettings).Name}.");
        }

        JsonObject nested = [];
        foreach (var (name, value) in layers.SelectMany(layer => layer.Values))
        {
            var owner = nested;
            var path = _byName[name].Path;
            foreach (var property in path.SkipLast(1))
            {
                var key = SettingsJson.SnakeCase(property.Name);
                owner[key] ??= new JsonObject();
                owner = owner[key]!.AsObject();
            }

            owner[SettingsJson.SnakeCase(path[^1].Name)] = value.DeepClone();
        }

        return nested.Deserialize<TSettings>(SettingsJson.Options)!;
    }

    private void Collect(Type type, string prefix, PropertyInfo[] path, object defaults)
    {
        var group = type.GetCustomAttribute<SettingGroupAttribute>()?.Title ?? type.Name;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsSetting))
        {
            var own = property.GetCustomAttribute<SettingNameAttribute>()?.Name;
            var name = SettingsJson.SnakeCase(property.Name);
            if (property.PropertyType.IsDefined(typeof(SettingGroupAttribute)))
            {
                Collect(property.PropertyType, own ?? prefix + name, [.. path, property], defaults);
                continue;
            }

            var full = prefix.Length == 0 ? name : property.Name is "Enabled" ? prefix : $"{prefix}_{name}";
            _settings.Add(new Setting(own ?? full, group, [.. path, property], defaults));
        }
    }

    private static bool IsSetting(PropertyInfo property) =>
        property.CanWrite && property.GetIndexParameters().Length == 0 && !property.IsDefined(typeof(JsonIgnoreAttribute));
}
