namespace Atelier.Imaging;

/// <summary>Draws lines over a common horizontal axis, such as rewards or losses by epoch.</summary>
public static class LineChart
{
    /// <summary>Draws a chart.</summary>
    /// <remarks>
    /// The axes fit all finite values and their bands. Nothing to draw gives an empty chart that says so, never an exception:
    /// a report about a run that failed early must still come out. Magnitudes of 1e150 and more count as not finite.
    /// </remarks>
    /// <param name="series">The lines; later ones lie over earlier ones. May be empty.</param>
    /// <param name="options">Labels and scale; <see langword="null"/>: the defaults.</param>
    /// <returns>A picture of the size that the options name, on white.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The picture would be smaller than 200×150 pixels or have a side of more than 10,000.</exception>
    public static RgbImage Draw(IReadOnlyList<ChartSeries> series, ChartOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        options ??= new ChartOptions();
        if (options.Width is < 200 or > 10_000 || options.Height is < 150 or > 10_000)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"{options.Width}×{options.Height}", "A chart is at least 200×150 and at most 10,000×10,000 pixels.");
        }

        using var page = new Page(options.Width, options.Height);
        using var drawing = new ChartDrawing(series, options);
        drawing.Draw(page.Canvas);

        return page.ToImage();
    }
}
