namespace Atelier.Imaging;

/// <summary>Says how a chart is labelled and scaled.</summary>
public sealed record ChartOptions
{
    /// <summary>Gets the line at the top.</summary>
    /// <value>Empty by default: no title.</value>
    public string Title { get; init; } = "";

    /// <summary>Gets the label under the horizontal axis.</summary>
    /// <value>Empty by default: none.</value>
    public string HorizontalLabel { get; init; } = "";

    /// <summary>Gets the label beside the vertical axis.</summary>
    /// <value>Empty by default: none.</value>
    public string VerticalLabel { get; init; } = "";

    /// <summary>Gets whether the vertical axis is logarithmic.</summary>
    /// <value><see langword="false"/> by default.</value>
    public bool IsLogarithmic { get; init; }

    /// <summary>Gets the width of the picture in pixels.</summary>
    /// <value>200 to 10,000; 900 by default.</value>
    public int Width { get; init; } = 900;

    /// <summary>Gets the height of the picture in pixels.</summary>
    /// <value>150 to 10,000; 500 by default.</value>
    public int Height { get; init; } = 500;
}
