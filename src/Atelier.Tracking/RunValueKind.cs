namespace Atelier.Tracking;

/// <summary>Says what a <see cref="RunValue"/> holds.</summary>
public enum RunValueKind
{
    /// <summary>A floating-point number, which may be NaN or infinite.</summary>
    Number,

    /// <summary>A whole number.</summary>
    WholeNumber,

    /// <summary>A string.</summary>
    Text,

    /// <summary>Several floating-point numbers, such as one reward for each image.</summary>
    Numbers,
}
