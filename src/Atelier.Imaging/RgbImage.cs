namespace Atelier.Imaging;

/// <summary>Holds one picture of 8-bit red, green and blue samples in managed memory.</summary>
/// <remarks>Nothing here writes to <see cref="Pixels"/> after construction, so an image may be read by several threads at once.</remarks>
public sealed class RgbImage
{
    /// <summary>Wraps samples as a picture; the array is kept, not copied.</summary>
    /// <param name="width">Width W in pixels, at least 1.</param>
    /// <param name="height">Height H in pixels, at least 1.</param>
    /// <param name="pixels">Samples, row by row from the top, red, green and blue of each pixel together, [H, W, 3].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> or <paramref name="height"/> is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> does not hold H·W·3 samples.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);

        if (pixels.LongLength != 3L * width * height)
        {
            throw new ArgumentException(
                $"An image of {width}×{height} pixels has {3L * width * height} samples, not {pixels.LongLength}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Gets the width in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets the samples, [H, W, 3]; the array belongs to the image.</summary>
    public byte[] Pixels { get; }
}
