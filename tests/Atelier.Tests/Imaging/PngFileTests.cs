using Atelier.Imaging;
using SkiaSharp;
using Xunit;

namespace Atelier.Tests.Imaging;

public sealed class PngFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("atelier-png-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 64)]
    [InlineData(37, 5)]
    public void What_is_written_is_read_back(int width, int height)
    {
        var path = Path.Combine(_folder, "picture.png");
        var image = TestPictures.Noise(width, height);

        PngFile.Write(path, image);
        var back = PngFile.Read(path);

        Assert.Equal((width, height), (back.Width, back.Height));
        Assert.Equal(image.Pixels, back.Pixels);
    }

    [Fact]
    public void Writing_replaces_the_file_and_leaves_nothing_else()
    {
        var path = Path.Combine(_folder, "picture.png");
        PngFile.Write(path, TestPictures.Noise(8, 8, seed: 1));
        PngFile.Write(path, TestPictures.Noise(9, 9, seed: 2));

        Assert.Equal(9, PngFile.Read(path).Width);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Equal_pixels_give_equal_bytes() =>
        Assert.Equal(PngFile.Encode(TestPictures.Noise(33, 20)), PngFile.Encode(TestPictures.Noise(33, 20)));

    [Fact]
    public void Files_are_24_bit_colour()
    {
        var bytes = PngFile.Encode(TestPictures.Noise(3, 2));

        Assert.Equal([8, 2], bytes[24..26]); // bit depth and colour type of the IHDR chunk
    }

    [Fact]
    public void Transparent_parts_show_white()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.SetPixel(0, 0, new SKColor(10, 20, 30, 0));
        bitmap.SetPixel(1, 0, new SKColor(0, 100, 255, 128));
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var path = Path.Combine(_folder, "transparent.png");
        File.WriteAllBytes(path, encoded.ToArray());

        var image = PngFile.Read(path);

        Assert.Equal(new RgbColor(255, 255, 255), image.At(0, 0));
        Assert.Equal(new RgbColor(127, 177, 255), image.At(1, 0));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("text")]
    [InlineData("cut short")]
    [InlineData("jpeg")]
    public void Bad_file_is_named(string kind)
    {
        var path = Path.Combine(_folder, "bad.png");
        File.WriteAllBytes(path, kind switch
        {
            "empty" => [],
            "text" => "no picture at all"u8.ToArray(),
            "cut short" => PngFile.Encode(TestPictures.Noise(64, 64))[..5000],
            _ => JpegEncoder.Encode(TestPictures.Noise(16, 16)),
        });

        var error = Assert.Throws<InvalidDataException>(() => PngFile.Read(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_not_found() =>
        Assert.Throws<FileNotFoundException>(() => PngFile.Read(Path.Combine(_folder, "none.png")));
}
