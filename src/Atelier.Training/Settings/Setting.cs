using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Atelier.Training.Settings;

/// <summary>Describes one setting: a property of a settings record, or of a record nested in it, under its flat name.</summary>
public sealed class Setting
{
    private readonly bool _isCommaSeparated;

    internal Setting(string name, string group, IReadOnlyList<PropertyInfo> path, object defaults)
    {
        Name = name;
        Group = group;
        Path = path;
        DefaultValue = Read(defaults);
        _isCommaSeparated = Property.IsDefined(typeof(CommaSeparatedAttribute));
    }

    /// <summary>Gets the flat name, such as <c>sample_batch_size</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the heading under which the setting is listed.</summary>
    public string Group { get; }

    /// <summary>Gets the properties that lead from the root record to the value.</summary>
    public IReadOnlyList<PropertyInfo> Path { get; }

    /// <summary>Gets the property that holds the value.</summary>
    public PropertyInfo Property => Path[^1];

    /// <summary>Gets the type of the value.</summary>
    public Type ValueType => Property.PropertyType;

    /// <summary>Gets the value that the record has when nothing is said.</summary>
    public object? DefaultValue { get; }

    /// <summary>Gets whether the setting is true or false.</summary>
    public bool IsSwitch => ValueType == typeof(bool);

    /// <summary>Gets whether the setting takes any number of texts.</summary>
    public bool IsList => ValueType == typeof(IReadOnlyList<string>);

    /// <summary>Gets what stands for the value of a setting that is typed without its name; null for one that is an option.</summary>
    public string? Placeholder => Property.GetCustomAttribute<PositionalAttribute>()?.Placeholder;

    /// <summary>Gets the words one may choose from, in lower case; empty when the setting isn't such a choice.</summary>
    public IReadOnlyList<string> Choices => ValueType.IsEnum ? [.. Enum.GetNames(ValueType).Select(SettingsJson.SnakeCase)] : [];

    /// <summary>Gets the default as a person would type it.</summary>
    public string DefaultText => Show(DefaultValue);

    /// <summary>Gets what a value must be, in words: <c>a whole number</c>.</summary>
    public string Expected => ValueType switch
    {
        _ when IsSwitch => "true or false",
        _ when IsList => "a text or a list of texts",
        _ when ValueType.IsEnum => "one of " + string.Join(", ", Choices),
        _ when ValueType == typeof(string) => "a text",
        _ when ValueType == typeof(double) => "a number",
        _ => "a whole number",
    };

    /// <summary>Reads the setting's value from a settings record.</summary>
    /// <param name="settings">A record of the type the setting was found in.</param>
    /// <returns>The value.</returns>
    public object? Read(object settings)
    {
        ArgumentNullException.ThrowIfNull(settings);

        return Path.Aggregate((object?)settings, (value, property) => property.GetValue(value));
    }

    /// <summary>Turns what a person typed into a value of the setting's type.</summary>
    /// <param name="texts">One text; for a list any number: items, a JSON array, or items with commas between where the setting allows it.</param>
    /// <param name="value">The value as JSON, or null when it can't be read.</param>
    /// <returns>True when the texts are what <see cref="Expected"/> says.</returns>
    public bool TryParse(IReadOnlyList<string> texts, out JsonNode? value)
    {
        ArgumentNullException.ThrowIfNull(texts);

        value = IsList ? ParseList(texts) : texts.Count == 0 ? null : ParseOne(texts[^1]);
        return value is not null;
    }

    /// <summary>Turns a value of a file into one of the setting's type: one text may stand for a list of one.</summary>
    /// <param name="given">What the file holds.</param>
    /// <param name="value">The value, or null when it is of another type.</param>
    /// <returns>True when the value is what <see cref="Expected"/> says.</returns>
    public bool TryAccept(JsonNode given, out JsonNode? value)
    {
        ArgumentNullException.ThrowIfNull(given);

        value = given.DeepClone();
        if (IsList && given.GetValueKind() == JsonValueKind.String)
        {
            value = new JsonArray(value);
        }

        try
        {
            var read = value.Deserialize(ValueType, SettingsJson.Options);
            if (read is null || read is IReadOnlyList<string?> items && items.Any(item => item is null) || read is double number && !double.IsFinite(number))
            {
                value = null;
            }
        }
        catch (JsonException)
        {
            value = null;
        }

        return value is not null;
    }

    /// <summary>Writes a value as a person would type it.</summary>
    /// <param name="value">A value of the setting's type.</param>
    /// <returns>The text: words in lower case, nothing in quotes; an empty text as "".</returns>
    public static string Show(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        string { Length: 0 } => "\"\"",
        IReadOnlyList<string> items => items.Count == 0 ? "none" : string.Join(", ", items.Select(item => item.Length == 0 ? "\"\"" : item)),
        Enum choice => SettingsJson.SnakeCase(choice.ToString()),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <inheritdoc/>
    public override string ToString() => Name;

    private JsonValue? ParseOne(string text)
    {
        text = ValueType == typeof(string) ? text : text.Trim();
        return ValueType switch
        {
            _ when ValueType == typeof(string) => JsonValue.Create(text),
            _ when IsSwitch => ParseSwitch(text),
            _ when ValueType.IsEnum => Choices.Contains(text, StringComparer.OrdinalIgnoreCase) ? JsonValue.Create(text.ToLowerInvariant()) : null,
            _ when ValueType == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number) : null,
            _ when ValueType == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? JsonValue.Create(count) : null,
            _ => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : null,
        };
    }

    private static JsonValue? ParseSwitch(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" or "1" => JsonValue.Create(true),
        "FALSE" or "NO" or "OFF" or "0" => JsonValue.Create(false),
        _ => null,
    };

    private JsonNode? ParseList(IReadOnlyList<string> texts)
    {
        if (texts is [var only] && only.TrimStart().StartsWith('['))
        {
            try
            {
                return JsonNode.Parse(only) is { } array && TryAccept(array, out var accepted) ? accepted : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }

        var items = _isCommaSeparated
            ? texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            : texts;
        return new JsonArray([.. items.Select(item => JsonValue.Create(item))]);
    }
}
