namespace Atelier.Training.Settings;

/// <summary>Says that a setting is typed after the command without its name. Such settings are filled in the order of their declaration; a list takes all that follow.</summary>
/// <param name="placeholder">What stands for the value in help pages, such as <c>RUN</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PositionalAttribute(string placeholder) : Attribute
{
    /// <summary>Gets what stands for the value in help pages.</summary>
    public string Placeholder { get; } = placeholder;
}
