using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>Moves pictures between managed RGB samples and Skia's bitmaps.</summary>
internal static class Raster
{
    /// <summary>Copies an image into a bitmap of the caller's, four bytes a pixel, opaque.</summary>
    public static SKBitmap ToBitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgb888x, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        var source = image.Pixels;
        for (int from = 0, to = 0; from < source.Length; from += 3, to += 4)
        {
            target[to] = source[from];
            target[to + 1] = source[from + 1];
            target[to + 2] = source[from + 2];
            target[to + 3] = byte.MaxValue;
        }

        return bitmap;
    }

    /// <summary>Copies a bitmap of unpremultiplied or opaque RGBA bytes; transparent parts show white.</summary>
    public static RgbImage ToImage(SKBitmap bitmap)
    {
        var source = bitmap.GetPixelSpan();
        var pixels = new byte[3 * bitmap.Width * bitmap.Height];
        for (int from = 0, to = 0; to < pixels.Length; from += 4, to += 3)
        {
            var alpha = source[from + 3];
            pixels[to] = OverWhite(source[from], alpha);
            pixels[to + 1] = OverWhite(source[from + 1], alpha);
            pixels[to + 2] = OverWhite(source[from + 2], alpha);
        }

        return new RgbImage(bitmap.Width, bitmap.Height, pixels);
    }

    private static byte OverWhite(byte sample, byte alpha) =>
        alpha == byte.MaxValue ? sample : (byte)(255 + ((((sample - 255) * alpha) - 127) / 255));
}
