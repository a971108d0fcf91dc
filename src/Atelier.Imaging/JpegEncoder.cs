namespace Atelier.Imaging;

/// <summary>Encodes pictures as the JPEG files that Pillow writes: baseline, standard Huffman tables, colour at half size (4:2:0).</summary>
/// <remarks>
/// File sizes are the compressibility rewards of DDPO, so they have to be Pillow's to the byte. Every step is therefore libjpeg-turbo's
/// integer arithmetic, bit for bit; libjpeg 7 and later (and ports of it) scale colour and round the cosine transform differently and come out some bytes off.
/// All methods may be called from several threads at once. Source: ITU-T T.81 and JFIF 1.01.
/// </remarks>
public static class JpegEncoder
{
    /// <summary>The longest side that libjpeg accepts, in pixels; the format itself ends at 65,535.</summary>
    public const int MaximumSide = 65_500;

    /// <summary>Encodes an image.</summary>
    /// <param name="image">The picture, [H, W, 3].</param>
    /// <param name="quality">libjpeg's quality, 1 (smallest) to 100 (best).</param>
    /// <returns>The whole file.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="quality"/> is outside 1 to 100.</exception>
    /// <exception cref="ArgumentException">A side of the image is longer than <see cref="MaximumSide"/>.</exception>
    public static byte[] Encode(RgbImage image, int quality = 95)
    {
        using var writer = Write(image, quality);

        return writer.ToArray();
    }

    /// <summary>Computes the size of the file that <see cref="Encode"/> gives, without keeping it.</summary>
    /// <param name="image">The picture, [H, W, 3].</param>
    /// <param name="quality">libjpeg's quality, 1 (smallest) to 100 (best).</param>
    /// <returns>The size in bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="quality"/> is outside 1 to 100.</exception>
    /// <exception cref="ArgumentException">A side of the image is longer than <see cref="MaximumSide"/>.</exception>
    public static int EncodedSize(RgbImage image, int quality = 95)
    {
        using var writer = Write(image, quality);

        return writer.Length;
    }

    private static JpegBitWriter Write(RgbImage image, int quality)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (Math.Max(image.Width, image.Height) > MaximumSide)
        {
            throw new ArgumentException($"{image.Width}×{image.Height} pixels are more than a JPEG's {MaximumSide} a side.", nameof(image));
        }

        var luminanceSteps = JpegQuantization.Luminance(quality);
        var chrominanceSteps = JpegQuantization.Chrominance(quality);
        var writer = new JpegBitWriter(capacity: 1024 + (image.Width * image.Height));
        WriteHeader(image, luminanceSteps, chrominanceSteps, writer);
        WriteScan(image, luminanceSteps, chrominanceSteps, writer);
        writer.WriteBytes(0xFF, 0xD9); // end of image

        return writer;
    }

    private static void WriteHeader(RgbImage image, JpegQuantization luminanceSteps, JpegQuantization chrominanceSteps, JpegBitWriter writer)
    {
        writer.WriteBytes(0xFF, 0xD8); // start of image
        writer.WriteBytes(0xFF, 0xE0, 0, 16, (byte)'J', (byte)'F', (byte)'I', (byte)'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0); // version 1.01, square pixels, no thumbnail

        writer.WriteBytes(0xFF, 0xDB, 0, 67, 0);
        writer.WriteBytes(luminanceSteps.Steps);
        writer.WriteBytes(0xFF, 0xDB, 0, 67, 1);
        writer.WriteBytes(chrominanceSteps.Steps);

        writer.WriteBytes(0xFF, 0xC0, 0, 17, 8, (byte)(image.Height >> 8), (byte)image.Height, (byte)(image.Width >> 8), (byte)image.Width);
        writer.WriteBytes(3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1); // three channels: number, sampling factors, quantization table

        WriteTable(JpegHuffmanTable.LuminanceDc, writer);
        WriteTable(JpegHuffmanTable.LuminanceAc, writer);
        WriteTable(JpegHuffmanTable.ChrominanceDc, writer);
        WriteTable(JpegHuffmanTable.ChrominanceAc, writer);

        writer.WriteBytes(0xFF, 0xDA, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0); // one scan: each channel's Huffman tables, all coefficients
    }

    private static void WriteTable(JpegHuffmanTable table, JpegBitWriter writer)
    {
        writer.WriteBytes(0xFF, 0xC4, 0, (byte)(3 + 16 + table.Symbols.Length), table.Identifier);
        writer.WriteBytes(table.CodeCounts);
        writer.WriteBytes(table.Symbols);
    }

    private static void WriteScan(RgbImage image, JpegQuantization luminanceSteps, JpegQuantization chrominanceSteps, JpegBitWriter writer)
    {
        var planes = JpegPlane.Convert(image);
        using var luminancePlane = planes.Luminance;
        using var bluePlane = planes.Blue;
        using var redPlane = planes.Red;
        var luminance = new JpegChannel(luminancePlane, luminanceSteps, JpegHuffmanTable.LuminanceDc, JpegHuffmanTable.LuminanceAc);
        var blue = new JpegChannel(bluePlane, chrominanceSteps, JpegHuffmanTable.ChrominanceDc, JpegHuffmanTable.ChrominanceAc);
        var red = new JpegChannel(redPlane, chrominanceSteps, JpegHuffmanTable.ChrominanceDc, JpegHuffmanTable.ChrominanceAc);

        for (var row = 0; row < bluePlane.BlockRows; row++)
        {
            for (var column = 0; column < bluePlane.BlockColumns; column++)
            {
                luminance.Write(2 * column, 2 * row, writer);
                luminance.Write((2 * column) + 1, 2 * row, writer);
                luminance.Write(2 * column, (2 * row) + 1, writer);
                luminance.Write((2 * column) + 1, (2 * row) + 1, writer);
                blue.Write(column, row, writer);
                red.Write(column, row, writer);
            }
        }

        writer.FinishBits();
    }
}
