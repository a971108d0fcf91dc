using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Reads what the documentation comments say about settings, from the XML files that the compiler writes beside the assemblies.</summary>
internal sealed class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _optionNames;

    /// <summary>Reads the files of the assemblies in which the settings are declared. A missing or broken file leaves its settings without words.</summary>
    public XmlDocumentation(SettingsSchema schema, string? folder = null)
    {
        _optionNames = schema.Settings.ToDictionary(setting => Id(setting.Property), setting => SettingsOptions.Spell(setting.Name), StringComparer.Ordinal);
        foreach (var assembly in schema.Settings.Select(setting => setting.Property.DeclaringType!.Assembly).Distinct())
        {
            Load(Path.Combine(folder ?? AppContext.BaseDirectory, assembly.GetName().Name + ".xml"));
        }
    }

    /// <summary>What the setting does, in one or two sentences; empty when nothing is known.</summary>
    public string Summary(Setting setting) => Text(setting, "summary");

    /// <summary>The setting's default, its range and where they come from; the bare default when nothing else is known.</summary>
    public string Value(Setting setting) => Text(setting, "value") is { Length: > 0 } text ? text : $"Default {setting.DefaultText}.";

    private static string Id(PropertyInfo property) => $"P:{property.DeclaringType!.FullName}.{property.Name}";

    private string Text(Setting setting, string part) =>
        _members.GetValueOrDefault(Id(setting.Property))?.Element(part) is { } element ? Render(element) : "";

    private void Load(string path)
    {
        try
        {
            foreach (var member in XDocument.Load(path).Descendants("member"))
            {
                if (member.Attribute("name") is { } name)
                {
                    _members[name.Value] = member;
                }
            }
        }
        catch (Exception error) when (error is IOException or XmlException or UnauthorizedAccessException)
        {
            // Help without explanations is better than none.
        }
    }

    private string Render(XElement element)
    {
        StringBuilder text = new();
        foreach (var node in element.DescendantNodes())
        {
            if (node is XText words)
            {
                text.Append(words.Value);
            }
            else if (node is XElement { Name.LocalName: "see" } reference && reference.IsEmpty)
            {
                text.Append(NameOf(reference));
            }
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // An option where the reference is to a setting, a word to type where it is to a choice.
    private string NameOf(XElement reference)
    {
        var target = reference.Attribute("cref")?.Value ?? reference.Attribute("langword")?.Value ?? "";
        return _optionNames.GetValueOrDefault(target)
            ?? (target.StartsWith("F:", StringComparison.Ordinal) ? target[(target.LastIndexOf('.') + 1)..].ToLowerInvariant() : target[(target.LastIndexOf('.') + 1)..]);
    }
}
