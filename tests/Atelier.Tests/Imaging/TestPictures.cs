using Atelier.Imaging;

namespace Atelier.Tests.Imaging;

internal static class TestPictures
{
    public static RgbImage Noise(int width, int height, int seed = 7)
    {
        var pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);

        return new RgbImage(width, height, pixels);
    }

    public static RgbImage Flat(int width, int height, RgbColor color) =>
        new(width, height, [.. Enumerable.Repeat<byte[]>([color.Red, color.Green, color.Blue], width * height).SelectMany(pixel => pixel)]);

    public static RgbColor At(this RgbImage image, int x, int y)
    {
        var start = 3 * ((y * image.Width) + x);

        return new RgbColor(image.Pixels[start], image.Pixels[start + 1], image.Pixels[start + 2]);
    }

    /// <summary>Lists where a colour occurs, exactly.</summary>
    public static IReadOnlyList<(int X, int Y)> Find(this RgbImage image, RgbColor color)
    {
        var places = new List<(int X, int Y)>();
        for (var index = 0; index < image.Width * image.Height; index++)
        {
            var (x, y) = (index % image.Width, index / image.Width);
            if (image.At(x, y) == color)
            {
                places.Add((x, y));
            }
        }

        return places;
    }
}
