using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>A blank white bitmap to draw on.</summary>
internal sealed class Page : IDisposable
{
    private readonly SKBitmap _bitmap;

    public Page(int width, int height)
    {
        _bitmap = new SKBitmap();
        if (!_bitmap.TryAllocPixels(new SKImageInfo(width, height, SKColorType.Rgb888x, SKAlphaType.Opaque)))
        {
            _bitmap.Dispose();
            throw new InvalidOperationException($"A picture of {width}×{height} pixels does not fit into memory.");
        }

        Canvas = new SKCanvas(_bitmap);
        Canvas.Clear(Ink.Paper);
    }

    /// <summary>Gets what draws on the page.</summary>
    public SKCanvas Canvas { get; }

    /// <summary>Copies the page as it is now.</summary>
    public RgbImage ToImage()
    {
        Canvas.Flush();

        return Raster.ToImage(_bitmap);
    }

    public void Dispose()
    {
        Canvas.Dispose();
        _bitmap.Dispose();
    }
}
