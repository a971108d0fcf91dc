using System.Buffers;

namespace Atelier.Imaging;

/// <summary>One channel of samples, padded to whole blocks of 8×8.</summary>
internal sealed class JpegPlane : IDisposable
{
    private readonly byte[] _samples;
    private readonly int _stride;

    private JpegPlane(int blockColumns, int blockRows)
    {
        BlockColumns = blockColumns;
        BlockRows = blockRows;
        _stride = 8 * blockColumns;
        _samples = ArrayPool<byte>.Shared.Rent(_stride * 8 * blockRows);
    }

    /// <summary>Gets the number of blocks in a row.</summary>
    public int BlockColumns { get; }

    /// <summary>Gets the number of rows of blocks.</summary>
    public int BlockRows { get; }

    /// <summary>Converts a picture to brightness at full size and two colour channels at half size, JFIF's 4:2:0.</summary>
    /// <remarks>
    /// As libjpeg 6b and libjpeg-turbo do it: BT.601 in 16-bit fixed point, colour by the mean of four pixels with a rounding bias of 1, 2, 1, 2, … along the row.
    /// The right edge is repeated before halving and the bottom edge after it.
    /// </remarks>
    public static (JpegPlane Luminance, JpegPlane Blue, JpegPlane Red) Convert(RgbImage image)
    {
        var luminance = new JpegPlane(BlockCount(image.Width, 8), BlockCount(image.Height, 8));
        var blue = new JpegPlane(BlockCount(image.Width, 16), BlockCount(image.Height, 16));
        var red = new JpegPlane(BlockCount(image.Width, 16), BlockCount(image.Height, 16));

        var fullWidth = 2 * blue._stride;
        var scratch = ArrayPool<byte>.Shared.Rent(6 * fullWidth); // two rows of each channel
        var upper = scratch.AsSpan(0, 3 * fullWidth);
        var lower = scratch.AsSpan(3 * fullWidth, 3 * fullWidth);

        for (var row = 0; row < image.Height; row += 2)
        {
            ConvertRow(image, row, upper, fullWidth);
            ConvertRow(image, Math.Min(row + 1, image.Height - 1), lower, fullWidth);
            upper[..luminance._stride].CopyTo(luminance.Row(row));
            lower[..luminance._stride].CopyTo(luminance.Row(row + 1));
            Halve(upper.Slice(fullWidth, fullWidth), lower.Slice(fullWidth, fullWidth), blue.Row(row / 2));
            Halve(upper.Slice(2 * fullWidth, fullWidth), lower.Slice(2 * fullWidth, fullWidth), red.Row(row / 2));
        }

        ArrayPool<byte>.Shared.Return(scratch);
        luminance.RepeatLastRow(image.Height);
        blue.RepeatLastRow((image.Height + 1) / 2);
        red.RepeatLastRow((image.Height + 1) / 2);

        return (luminance, blue, red);
    }

    /// <summary>Copies one block, minus 128, [8, 8].</summary>
    public void CopyBlock(int column, int row, Span<int> block)
    {
        for (var y = 0; y < 8; y++)
        {
            var source = _samples.AsSpan((((8 * row) + y) * _stride) + (8 * column), 8);
            for (var x = 0; x < 8; x++)
            {
                block[(8 * y) + x] = source[x] - 128;
            }
        }
    }

    /// <summary>Gives the samples back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_samples);

    private static int BlockCount(int pixels, int pixelsPerBlock) => (pixels + pixelsPerBlock - 1) / pixelsPerBlock;

    private static void ConvertRow(RgbImage image, int row, Span<byte> channels, int fullWidth)
    {
        const int Half = 1 << 15;
        const int ColorOffset = (128 << 16) + Half - 1;

        var source = image.Pixels.AsSpan(3 * image.Width * row, 3 * image.Width);
        var luminance = channels[..fullWidth];
        var blues = channels.Slice(fullWidth, fullWidth);
        var reds = channels.Slice(2 * fullWidth, fullWidth);
        for (var x = 0; x < image.Width; x++)
        {
            int red = source[3 * x];
            int green = source[(3 * x) + 1];
            int blue = source[(3 * x) + 2];
            luminance[x] = (byte)(((19595 * red) + (38470 * green) + (7471 * blue) + Half) >> 16); // 0.299, 0.587, 0.114
            blues[x] = (byte)(((-11059 * red) - (21709 * green) + (32768 * blue) + ColorOffset) >> 16); // 0.16874, 0.33126, 0.5
            reds[x] = (byte)(((32768 * red) - (27439 * green) - (5329 * blue) + ColorOffset) >> 16); // 0.5, 0.41869, 0.08131
        }

        luminance[image.Width..].Fill(luminance[image.Width - 1]);
        blues[image.Width..].Fill(blues[image.Width - 1]);
        reds[image.Width..].Fill(reds[image.Width - 1]);
    }

    private static void Halve(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, Span<byte> target)
    {
        for (var x = 0; x < target.Length; x++)
        {
            var bias = 1 + (x & 1);
            target[x] = (byte)((upper[2 * x] + upper[(2 * x) + 1] + lower[2 * x] + lower[(2 * x) + 1] + bias) >> 2);
        }
    }

    private Span<byte> Row(int row) => _samples.AsSpan(row * _stride, _stride);

    private void RepeatLastRow(int filledCount)
    {
        for (var row = filledCount; row < 8 * BlockRows; row++)
        {
            Row(filledCount - 1).CopyTo(Row(row));
        }
    }
}
