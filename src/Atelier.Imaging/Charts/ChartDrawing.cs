using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>The parts of one chart, drawn from back to front: grid, bands, lines, axes, words.</summary>
internal sealed class ChartDrawing : IDisposable
{
    private const float Edge = 18; // blank border of the picture
    private const float LabelGap = 8;
    private const float SwatchWidth = 22;

    private static readonly SKColor[] Palette =
    [
        new(0x25, 0x63, 0xEB), new(0xEA, 0x58, 0x0C), new(0x16, 0xA3, 0x4A), new(0x93, 0x33, 0xEA),
        new(0xDB, 0x27, 0x77), new(0x0D, 0x94, 0x88), new(0xA1, 0x62, 0x07), new(0x47, 0x55, 0x69),
    ];

    private readonly TextStyle _title = new(18, Ink.Title, isBold: true);
    private readonly TextStyle _text = new(13, Ink.Text);
    private readonly TextStyle _tickText = new(12, Ink.Quiet);
    private readonly SKPaint _gridPaint = new() { Color = Ink.Grid, IsStroke = true, StrokeWidth = 1 };
    private readonly SKPaint _axisPaint = new() { Color = Ink.Axis, IsStroke = true, StrokeWidth = 1 };

    private readonly IReadOnlyList<ChartSeries> _series;
    private readonly ChartOptions _options;
    private readonly bool _isEmpty;
    private readonly ChartAxis _horizontal;
    private readonly ChartAxis _vertical;
    private readonly List<(int SeriesIndex, string Text, float X, float Middle)> _legend = [];
    private readonly SKRect _plot;

    public ChartDrawing(IReadOnlyList<ChartSeries> series, ChartOptions options)
    {
        _series = series;
        _options = options;

        var points = series.SelectMany(line => line.Points).Where(IsDrawable).ToArray();
        _isEmpty = points.Length == 0;
        var places = points.Select(point => point.X).ToArray();
        _horizontal = ChartAxis.Fit(
            places, isLogarithmic: false, paddingFraction: 0.02, targetTickCount: Math.Max(2, options.Width / 90),
            smallestStep: places.All(double.IsInteger) ? 1 : 0);
        _vertical = ChartAxis.Fit(
            [.. points.SelectMany(Reach)], options.IsLogarithmic, paddingFraction: 0.06, targetTickCount: Math.Max(2, options.Height / 70));

        _plot = PlacePlot();
    }

    public void Draw(SKCanvas canvas)
    {
        _title.Draw(canvas, _title.Shorten(_options.Title, _options.Width - (2 * Edge)), Edge, Edge + _title.CapHeight + 2);
        DrawGrid(canvas);

        canvas.Save();
        canvas.ClipRect(SKRect.Inflate(_plot, 5, 5)); // markers and round line ends may stand over the frame
        for (var index = 0; index < _series.Count; index++)
        {
            DrawBand(canvas, _series[index], Color(index));
        }

        for (var index = 0; index < _series.Count; index++)
        {
            DrawLine(canvas, _series[index], Color(index));
        }

        canvas.Restore();
        DrawWords(canvas);
    }

    public void Dispose()
    {
        _title.Dispose();
        _text.Dispose();
        _tickText.Dispose();
        _gridPaint.Dispose();
        _axisPaint.Dispose();
    }

    private bool IsDrawable(ChartPoint point) =>
        ChartAxis.Accepts(point.X, isLogarithmic: false) && ChartAxis.Accepts(point.Y, _options.IsLogarithmic);

    // The values that the vertical axis has to show for a point.
    private IEnumerable<double> Reach(ChartPoint point)
    {
        double[] reach = HasBand(point) ? [point.Y, point.Y - point.Deviation, point.Y + point.Deviation] : [point.Y];

        return reach.Where(value => ChartAxis.Accepts(value, _options.IsLogarithmic));
    }

    private static bool HasBand(ChartPoint point) => double.IsFinite(point.Deviation) && point.Deviation > 0;

    private SKColor Color(int index) =>
        _series[index].Color is { } color ? new SKColor(color.Red, color.Green, color.Blue) : Palette[index % Palette.Length];

    private SKRect PlacePlot()
    {
        var tickWidth = _vertical.Ticks.Select(tick => _tickText.Measure(tick.Label)).DefaultIfEmpty(0).Max();
        var left = Edge + tickWidth + LabelGap + (_options.VerticalLabel.Length > 0 ? _text.LineHeight + 4 : 0);
        var top = Edge + (_options.Title.Length > 0 ? _title.LineHeight + 4 : 0);
        top = PlaceLegend(left, top);
        var bottom = _options.Height - Edge - _tickText.LineHeight - (_options.HorizontalLabel.Length > 0 ? _text.LineHeight + 4 : 0);

        left = Math.Min(MathF.Round(left), _options.Width / 2);
        top = Math.Min(MathF.Round(top), _options.Height / 2);

        return new SKRect(left, top, _options.Width - Edge - 6, Math.Max(MathF.Round(bottom), top + 1));
    }

    // Entries stand in rows above the plot, where they hide no line.
    private float PlaceLegend(float left, float top)
    {
        var x = left;
        var right = _options.Width - Edge;
        for (var index = 0; index < _series.Count; index++)
        {
            if (_series[index].Name.Length == 0)
            {
                continue;
            }

            var name = _text.Shorten(_series[index].Name, Math.Max(20, right - left - SwatchWidth - LabelGap));
            var width = SwatchWidth + LabelGap + _text.Measure(name);
            if (x > left && x + width > right)
            {
                x = left;
                top += _text.LineHeight;
            }

            _legend.Add((index, name, x, top + (_text.LineHeight / 2)));
            x += width + 24;
        }

        return _legend.Count == 0 ? top : top + _text.LineHeight + 8;
    }

    private SKPoint Place(double x, double y) => new(
        _plot.Left + (float)(_horizontal.Fraction(x) * _plot.Width),
        _plot.Bottom - (float)(_vertical.Fraction(y) * _plot.Height));

    private void DrawGrid(SKCanvas canvas)
    {
        canvas.DrawLine(_plot.Left, _plot.Bottom + 0.5f, _plot.Right, _plot.Bottom + 0.5f, _axisPaint);
        if (_isEmpty)
        {
            return;
        }

        foreach (var (value, label) in _vertical.Ticks)
        {
            var y = MathF.Floor(_plot.Bottom - (float)(_vertical.Fraction(value) * _plot.Height)) + 0.5f;
            canvas.DrawLine(_plot.Left, y, _plot.Right, y, _gridPaint);
            _tickText.DrawCentered(canvas, label, _plot.Left - LabelGap, y, SKTextAlign.Right);
        }

        foreach (var (value, label) in _horizontal.Ticks)
        {
            var x = MathF.Floor(_plot.Left + (float)(_horizontal.Fraction(value) * _plot.Width)) + 0.5f;
            canvas.DrawLine(x, _plot.Top, x, _plot.Bottom, _gridPaint);
            canvas.DrawLine(x, _plot.Bottom, x, _plot.Bottom + 4, _axisPaint);
            _tickText.Draw(canvas, label, x, _plot.Bottom + LabelGap + _tickText.CapHeight, SKTextAlign.Center);
        }
    }

    private void DrawBand(SKCanvas canvas, ChartSeries series, SKColor color)
    {
        if (!series.Points.Any(HasBand))
        {
            return;
        }

        using var paint = new SKPaint { Color = color.WithAlpha(0x2E), IsAntialias = true };
        foreach (var run in Runs(series))
        {
            using var outline = new SKPathBuilder();
            outline.AddPoly([
                .. run.Select(point => Place(point.X, point.Y + Half(point))),
                .. run.AsEnumerable().Reverse().Select(point => Place(point.X, point.Y - Half(point))),
            ], close: true);
            using var path = outline.Detach();
            canvas.DrawPath(path, paint);
        }

        static double Half(ChartPoint point) => HasBand(point) ? point.Deviation : 0;
    }

    private void DrawLine(SKCanvas canvas, ChartSeries series, SKColor color)
    {
        using var pen = new SKPaint
        {
            Color = color,
            IsAntialias = true,
            IsStroke = true,
            StrokeWidth = 2.25f,
            StrokeJoin = SKStrokeJoin.Round,
            StrokeCap = SKStrokeCap.Round,
        };
        using var dot = new SKPaint { Color = color, IsAntialias = true };
        using var ring = new SKPaint { Color = Ink.Paper, IsAntialias = true };

        foreach (var run in Runs(series))
        {
            SKPoint[] places = [.. run.Select(point => Place(point.X, point.Y))];
            using var outline = new SKPathBuilder();
            outline.AddPoly(places, close: false);
            using var path = outline.Detach();
            canvas.DrawPath(path, pen);

            if (series.HasMarkers || places.Length == 1)
            {
                foreach (var place in places)
                {
                    canvas.DrawCircle(place, 4.5f, ring);
                    canvas.DrawCircle(place, 3.25f, dot);
                }
            }
        }
    }

    // The points between gaps.
    private IEnumerable<List<ChartPoint>> Runs(ChartSeries series)
    {
        var run = new List<ChartPoint>();
        foreach (var point in series.Points)
        {
            if (IsDrawable(point))
            {
                run.Add(point);
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    private void DrawWords(SKCanvas canvas)
    {
        foreach (var (index, text, x, middle) in _legend)
        {
            using var swatch = new SKPaint { Color = Color(index), IsAntialias = true, IsStroke = true, StrokeWidth = 3, StrokeCap = SKStrokeCap.Round };
            canvas.DrawLine(x + 2, middle, x + SwatchWidth - 2, middle, swatch);
            _text.DrawCentered(canvas, text, x + SwatchWidth + LabelGap - 2, middle, SKTextAlign.Left);
        }

        if (_options.HorizontalLabel.Length > 0)
        {
            _text.Draw(canvas, _options.HorizontalLabel, _plot.MidX, _options.Height - Edge + 2, SKTextAlign.Center);
        }

        if (_options.VerticalLabel.Length > 0)
        {
            canvas.Save();
            canvas.RotateDegrees(-90, Edge + _text.CapHeight, _plot.MidY);
            _text.Draw(canvas, _options.VerticalLabel, Edge + _text.CapHeight, _plot.MidY, SKTextAlign.Center);
            canvas.Restore();
        }

        if (_isEmpty)
        {
            _text.DrawCentered(canvas, "no values to show", _plot.MidX, _plot.MidY, SKTextAlign.Center);
        }
    }
}
