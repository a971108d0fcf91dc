namespace Atelier.Training.Settings;

/// <summary>Says that commas separate the items of a list where it is typed as one text; without it a text is one item.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CommaSeparatedAttribute : Attribute;
