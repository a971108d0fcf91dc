using System.Runtime.CompilerServices;

namespace Atelier.Imaging;

/// <summary>Draws many pictures on one page, in bands of captioned rows.</summary>
public static class ContactSheet
{
    /// <summary>Draws a sheet.</summary>
    /// <remarks>
    /// Columns are as wide as the widest picture; smaller pictures stand in the middle of their column, their tops aligned.
    /// Without title, headings and captions the first picture's corner is at (<see cref="SheetOptions.Margin"/>, <see cref="SheetOptions.Margin"/>).
    /// </remarks>
    /// <param name="bands">The pictures, from top to bottom; bands without cells show their heading only.</param>
    /// <param name="options">The layout; <see langword="null"/>: the defaults.</param>
    /// <returns>The page, as large as its content, on white.</returns>
    /// <exception cref="ArgumentException">No band is given, or the page would have more than 500 million pixels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static RgbImage Draw(IReadOnlyList<SheetBand> bands, SheetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bands);
        options ??= new SheetOptions();
        Require(options);
        if (bands.Count == 0)
        {
            throw new ArgumentException("A contact sheet needs at least one band.", nameof(bands));
        }

        using var layout = new SheetLayout(bands, options);
        if ((long)layout.Width * layout.Height > 500_000_000)
        {
            throw new ArgumentException($"The sheet would have {layout.Width}×{layout.Height} pixels; give fewer pictures, or smaller ones.", nameof(bands));
        }

        using var page = new Page(layout.Width, layout.Height);
        layout.Draw(page.Canvas);

        return page.ToImage();
    }

    private static void Require(SheetOptions options)
    {
        AtLeast(1, options.MaximumColumnCount);
        AtLeast(1, options.Zoom ?? 1);
        AtLeast(1, options.MaximumPictureSide);
        AtLeast(0, options.MaximumCaptionLineCount);
        AtLeast(0, options.Margin);
        AtLeast(0, options.Gap);

        void AtLeast(int least, int value, [CallerArgumentExpression(nameof(value))] string name = "")
        {
            if (value < least)
            {
                throw new ArgumentOutOfRangeException(nameof(options), value, $"{name} must be at least {least}.");
            }
        }
    }
}
