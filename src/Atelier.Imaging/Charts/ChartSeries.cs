namespace Atelier.Imaging;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it. Empty: not in the legend.</param>
/// <param name="Points">The points in drawing order; may be empty.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>Gets the colour of line, band and markers.</summary>
    /// <value><see langword="null"/> by default: the next of eight colours that differ well.</value>
    public RgbColor? Color { get; init; }

    /// <summary>Gets whether each point has a dot; points without neighbours always have one.</summary>
    /// <value><see langword="false"/> by default.</value>
    public bool HasMarkers { get; init; }

    /// <summary>Makes a line from values at 0, 1, 2, …</summary>
    /// <param name="name">What the legend calls it.</param>
    /// <param name="values">The values in order.</param>
    /// <returns>The line, without band.</returns>
    public static ChartSeries FromValues(string name, IEnumerable<double> values) =>
        new(name, [.. values.Select((value, index) => new ChartPoint(index, value))]);
}
