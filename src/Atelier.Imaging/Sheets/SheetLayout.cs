using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>Places every picture and line of a sheet before anything is drawn, so that the page can be exactly as large as they need.</summary>
internal sealed class SheetLayout : IDisposable
{
    private const int ComfortableWidth = 150; // a caption of five words fits beside nothing narrower
    private const float TextGap = 6;

    private readonly TextStyle _title = new(20, Ink.Title, isBold: true);
    private readonly TextStyle _heading = new(15, Ink.Title, isBold: true);
    private readonly TextStyle _caption = new(12, Ink.Text);
    private readonly SKPaint _outline = new() { Color = Ink.Grid, IsStroke = true, StrokeWidth = 1 };

    private readonly SheetOptions _options;
    private readonly int _zoom;
    private readonly int _columnWidth;
    private readonly List<(RgbImage Image, SKRectI Place)> _pictures = [];
    private readonly List<(TextStyle Style, string Text, float X, float Baseline, SKTextAlign Align)> _lines = [];

    public SheetLayout(IReadOnlyList<SheetBand> bands, SheetOptions options)
    {
        _options = options;
        var cells = bands.SelectMany(band => band.Cells).ToArray();
        var widest = cells.Max(cell => (int?)cell.Image.Width) ?? ComfortableWidth;
        _zoom = options.Zoom ?? Math.Max(1, (ComfortableWidth + widest - 1) / widest);
        _columnWidth = cells.Max(cell => (int?)Size(cell.Image).Width) ?? ComfortableWidth;

        var columnCount = Math.Clamp(bands.Max(band => band.Cells.Count), 1, options.MaximumColumnCount);
        var headingWidth = bands.Max(band => _heading.Measure(band.Heading));
        var contentWidth = (columnCount * _columnWidth) + ((columnCount - 1) * options.Gap);
        contentWidth = Math.Max(contentWidth, (int)MathF.Ceiling(Math.Max(headingWidth, _title.Measure(options.Title))));
        Width = contentWidth + (2 * options.Margin);

        float y = options.Margin;
        if (options.Title.Length > 0)
        {
            y = AddLine(_title, options.Title, y) + (2 * TextGap);
        }

        for (var index = 0; index < bands.Count; index++)
        {
            y = AddBand(bands[index], index == 0 ? y : y + (3 * TextGap), columnCount);
        }

        Height = Math.Max(1, (int)MathF.Ceiling(y) + options.Margin);
        Width = Math.Max(1, Width);
    }

    public int Width { get; }

    public int Height { get; }

    public void Draw(SKCanvas canvas)
    {
        foreach (var (image, place) in _pictures)
        {
            using var bitmap = Raster.ToBitmap(image);
            using var picture = SKImage.FromBitmap(bitmap);
            var isShrunk = place.Width < image.Width || place.Height < image.Height;
            var sampling = isShrunk ? new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear) : new SKSamplingOptions(SKFilterMode.Nearest);
            canvas.DrawRect(place.Left - 0.5f, place.Top - 0.5f, place.Width + 1, place.Height + 1, _outline);
            canvas.DrawImage(picture, SKRect.Create(image.Width, image.Height), place, sampling);
        }

        foreach (var (style, text, x, baseline, align) in _lines)
        {
            style.Draw(canvas, text, x, baseline, align);
        }
    }

    public void Dispose()
    {
        _title.Dispose();
        _heading.Dispose();
        _caption.Dispose();
        _outline.Dispose();
    }

    private float AddBand(SheetBand band, float y, int columnCount)
    {
        if (band.Heading.Length > 0)
        {
            y = AddLine(_heading, band.Heading, y) + TextGap;
        }

        for (var start = 0; start < band.Cells.Count; start += columnCount)
        {
            var row = band.Cells.Skip(start).Take(columnCount).ToArray();
            y = AddRow(row, start == 0 ? y : y + Math.Max(_options.Gap, TextGap));
        }

        return y;
    }

    private float AddRow(SheetCell[] cells, float y)
    {
        var top = (int)MathF.Ceiling(y);
        var pictureHeight = cells.Max(cell => Size(cell.Image).Height);
        var lineCount = 0;
        for (var column = 0; column < cells.Length; column++)
        {
            var left = _options.Margin + (column * (_columnWidth + _options.Gap));
            var size = Size(cells[column].Image);
            var place = SKRectI.Create(left + ((_columnWidth - size.Width) / 2), top, size.Width, size.Height);
            _pictures.Add((cells[column].Image, place));

            var lines = _caption.Wrap(cells[column].Caption, _columnWidth, _options.MaximumCaptionLineCount);
            for (var index = 0; index < lines.Count; index++)
            {
                var baseline = top + pictureHeight + TextGap + ((index + 0.75f) * _caption.LineHeight);
                _lines.Add((_caption, lines[index], left + (_columnWidth / 2f), MathF.Round(baseline), SKTextAlign.Center));
            }

            lineCount = Math.Max(lineCount, lines.Count);
        }

        return top + pictureHeight + (lineCount == 0 ? 0 : TextGap + (lineCount * _caption.LineHeight));
    }

    private float AddLine(TextStyle style, string text, float y)
    {
        _lines.Add((style, text, _options.Margin, MathF.Round(y + (0.75f * style.LineHeight)), SKTextAlign.Left));

        return y + style.LineHeight;
    }

    private SKSizeI Size(RgbImage image)
    {
        var (width, height) = (image.Width * _zoom, image.Height * _zoom);
        var longest = Math.Max(width, height);
        if (_options.Zoom is not null || longest <= _options.MaximumPictureSide)
        {
            return new SKSizeI(width, height);
        }

        var scale = _options.MaximumPictureSide / (double)longest;

        return new SKSizeI(Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale)));
    }
}
