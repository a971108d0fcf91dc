using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>One way to set text: the embedded font at a size, weight and colour. Made per drawing; not shared between threads.</summary>
internal sealed class TextStyle : IDisposable
{
    private const string Ellipsis = "…";

    private static readonly Lazy<SKTypeface> Typeface = new(LoadTypeface); // immutable, so threads may share it

    private readonly SKFont _font;
    private readonly SKPaint _paint;

    public TextStyle(float size, SKColor color, bool isBold = false)
    {
        _font = new SKFont(Typeface.Value, size)
        {
            Embolden = isBold,
            Edging = SKFontEdging.Antialias,
            Subpixel = true,
            Hinting = SKFontHinting.Slight,
        };
        _paint = new SKPaint { Color = color, IsAntialias = true };
        LineHeight = MathF.Ceiling(size * 1.35f);
    }

    /// <summary>Gets the distance from one baseline to the next, in pixels.</summary>
    public float LineHeight { get; }

    /// <summary>Gets the height of capital letters, in pixels.</summary>
    public float CapHeight => _font.Size * 0.729f; // DejaVu Sans: 1493 of 2048 units

    /// <summary>Computes the width of a line in pixels.</summary>
    public float Measure(string text) => _font.MeasureText(text);

    /// <summary>Draws a line with its baseline at <paramref name="y"/>.</summary>
    public void Draw(SKCanvas canvas, string text, float x, float y, SKTextAlign align = SKTextAlign.Left) =>
        canvas.DrawText(text, x, y, align, _font, _paint);

    /// <summary>Draws a line around a vertical middle.</summary>
    public void DrawCentered(SKCanvas canvas, string text, float x, float middle, SKTextAlign align) =>
        Draw(canvas, text, x, middle + (CapHeight / 2), align);

    /// <summary>
    /// Breaks text into at most <paramref name="maximumLineCount"/> lines of a width. Line breaks in the text are kept; when room is short
    /// each of its own lines keeps one, the first ones get what is left, and a cut line ends in an ellipsis.
    /// </summary>
    public IReadOnlyList<string> Wrap(string text, float width, int maximumLineCount)
    {
        if (string.IsNullOrWhiteSpace(text) || maximumLineCount < 1)
        {
            return [];
        }

        var paragraphs = text.ReplaceLineEndings("\n").Trim('\n').Split('\n').Take(maximumLineCount).ToArray();
        var room = maximumLineCount;
        var lines = new List<string>();
        for (var index = 0; index < paragraphs.Length; index++)
        {
            var allowed = room - (paragraphs.Length - 1 - index);
            var broken = Break(paragraphs[index], width);
            if (broken.Count > allowed)
            {
                var rest = string.Join(' ', broken.Skip(allowed - 1));
                broken = [.. broken.Take(allowed - 1), Shorten(rest, width)];
            }

            lines.AddRange(broken);
            room -= broken.Count;
        }

        return lines;
    }

    /// <summary>Cuts a line to a width, with an ellipsis where something is missing.</summary>
    public string Shorten(string text, float width)
    {
        if (Measure(text) <= width)
        {
            return text;
        }

        var length = FittingLength(text, width - Measure(Ellipsis));

        return text[..length].TrimEnd() + Ellipsis;
    }

    public void Dispose()
    {
        _font.Dispose();
        _paint.Dispose();
    }

    private static SKTypeface LoadTypeface()
    {
        const string Resource = "DejaVuSans.ttf";
        using var stream = typeof(TextStyle).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");

        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException($"The resource {Resource} is not a font.");
    }

    private List<string> Break(string paragraph, float width)
    {
        var lines = new List<string>();
        var line = string.Empty;
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (Measure(longer) <= width)
            {
                line = longer;
                continue;
            }

            if (line.Length > 0)
            {
                lines.Add(line);
            }

            line = word;
            while (Measure(line) > width) // a word wider than the line is cut
            {
                var length = Math.Max(1, FittingLength(line, width));
                if (length < line.Length && char.IsHighSurrogate(line[length - 1]))
                {
                    length++;
                }

                if (length >= line.Length)
                {
                    break;
                }

                lines.Add(line[..length]);
                line = line[length..];
            }
        }

        lines.Add(line);

        return lines;
    }

    private int FittingLength(string text, float width)
    {
        var (low, high) = (0, text.Length);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _font.MeasureText(text.AsSpan(0, middle)) <= width ? (middle, high) : (low, middle - 1);
        }

        return low > 0 && char.IsHighSurrogate(text[low - 1]) ? low - 1 : low;
    }
}
