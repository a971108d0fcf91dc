namespace Atelier.Training.Settings;

/// <summary>Gives a setting, or the prefix of a nested record of settings, a flat name other than the one its property makes.</summary>
/// <param name="name">The name in lower case with underscores; empty on a nested record whose settings carry no prefix.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingNameAttribute(string name) : Attribute
{
    /// <summary>Gets the flat name or prefix, such as <c>use_lora</c>.</summary>
    public string Name { get; } = name;
}
