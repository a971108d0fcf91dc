using SkiaSharp;

namespace Atelier.Imaging;

/// <summary>Reads and writes PNG files.</summary>
public static class PngFile
{
    /// <summary>Encodes an image as a 24-bit PNG; equal pixels give equal bytes.</summary>
    /// <param name="image">The picture, [H, W, 3].</param>
    /// <returns>The whole file.</returns>
    public static byte[] Encode(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);

        using var bitmap = Raster.ToBitmap(image);
        using var pixels = bitmap.PeekPixels();
        using var encoded = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, zLibLevel: 6))
            ?? throw new InvalidOperationException($"The PNG encoder gave nothing for an image of {image.Width}×{image.Height} pixels.");

        return encoded.ToArray();
    }

    /// <summary>Writes an image; a reader sees the old file or the whole new one, never a part.</summary>
    /// <param name="path">The file to make or replace; its folder must exist.</param>
    /// <param name="image">The picture, [H, W, 3].</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, RgbImage image)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, Encode(image));
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary); // does nothing after the rename
        }
    }

    /// <summary>Reads a PNG file as 8-bit RGB; transparent parts show white, colour profiles are ignored.</summary>
    /// <param name="path">The file to read.</param>
    /// <returns>The picture, [H, W, 3].</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not a PNG, or is damaged or cut short; the message names it.</exception>
    public static RgbImage Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        using var encoded = SKData.CreateCopy(File.ReadAllBytes(path));
        using var codec = SKCodec.Create(encoded);
        if (codec is null || codec.EncodedFormat != SKEncodedImageFormat.Png)
        {
            throw new InvalidDataException($"{path} is not a PNG image.");
        }

        var format = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(format))
        {
            throw new InvalidDataException($"{path} claims {format.Width}×{format.Height} pixels, more than memory holds.");
        }

        var result = codec.GetPixels(format, bitmap.GetPixels());
        return result == SKCodecResult.Success
            ? Raster.ToImage(bitmap)
            : throw new InvalidDataException($"{path} is a damaged PNG image ({result}).");
    }
}
