namespace Atelier.Training.Settings;

/// <summary>Gives the heading under which the settings of a record are listed.</summary>
/// <param name="title">A few words, such as <c>Sampling</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SettingGroupAttribute(string title) : Attribute
{
    /// <summary>Gets the heading.</summary>
    public string Title { get; } = title;
}
