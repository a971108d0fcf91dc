using System.Buffers.Binary;
using System.Text.Json;
using Atelier.Imaging;
using Atelier.Tests.Shared;
using SkiaSharp;
using Xunit;

namespace Atelier.Tests.Imaging;

public class JpegEncoderTests
{
    public static TheoryData<string, double> PillowSizes()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(GoldenFolder.At("rewards", "jpeg.json")));
        var rows = new TheoryData<string, double>();
        foreach (var row in cases.RootElement.EnumerateArray())
        {
            rows.Add(row.GetProperty("key").GetString()!, row.GetProperty("kilobytes").GetDouble());
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(PillowSizes))]
    public void Size_is_pillows_to_the_byte(string key, double kilobytes)
    {
        var image = ReadGolden(key);

        Assert.Equal(kilobytes, JpegEncoder.EncodedSize(image) / 1000.0);
        Assert.Equal(JpegEncoder.EncodedSize(image), JpegEncoder.Encode(image).Length);
    }

    // Sizes around the borders of blocks (8) and of coded units (16), where the edges are padded.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(9, 7)]
    [InlineData(17, 16)]
    [InlineData(16, 17)]
    [InlineData(23, 40)]
    [InlineData(100, 75)]
    public void Another_decoder_reads_the_picture_back(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (var index = 0; index < width * height; index++)
        {
            var (x, y) = (index % width, index / width);
            pixels[3 * index] = (byte)(40 + (150 * x / width));
            pixels[(3 * index) + 1] = (byte)(60 + (120 * y / height));
            pixels[(3 * index) + 2] = 128;
        }

        using var bitmap = SKBitmap.Decode(JpegEncoder.Encode(new RgbImage(width, height, pixels), quality: 100));

        Assert.Equal((width, height), (bitmap.Width, bitmap.Height));
        for (var index = 0; index < width * height; index++)
        {
            var color = bitmap.GetPixel(index % width, index / width);
            Assert.InRange(color.Red - pixels[3 * index], -12, 12);
            Assert.InRange(color.Green - pixels[(3 * index) + 1], -12, 12);
            Assert.InRange(color.Blue - pixels[(3 * index) + 2], -12, 12);
        }
    }

    [Fact]
    public void Higher_quality_takes_more_bytes()
    {
        var image = TestPictures.Noise(48, 48);
        int[] sizes = [.. new[] { 1, 10, 49, 50, 75, 95, 100 }.Select(quality => JpegEncoder.EncodedSize(image, quality))];

        Assert.Equal(sizes.Order(), sizes);
        Assert.True(sizes[0] < sizes[^1]);
    }

    [Fact]
    public void Parallel_calls_do_not_disturb_each_other()
    {
        RgbImage[] images = [.. Enumerable.Range(0, 64).Select(index => TestPictures.Noise(40 + index, 64, index))];
        byte[][] alone = [.. images.Select(image => JpegEncoder.Encode(image))];

        var together = new byte[images.Length][];
        Parallel.For(0, images.Length, index => together[index] = JpegEncoder.Encode(images[index]));

        Assert.Equal(alone, together);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Quality_outside_1_to_100_is_rejected(int quality) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegEncoder.Encode(TestPictures.Noise(8, 8), quality));

    [Fact]
    public void Side_beyond_the_format_is_rejected() =>
        Assert.Throws<ArgumentException>(() => JpegEncoder.Encode(TestPictures.Noise(JpegEncoder.MaximumSide + 1, 1)));

    private static RgbImage ReadGolden(string key)
    {
        var file = File.ReadAllBytes(GoldenFolder.At("rewards", "jpeg.safetensors"));
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        var entry = header.RootElement.GetProperty(key);
        var (height, width) = (entry.GetProperty("shape")[1].GetInt32(), entry.GetProperty("shape")[2].GetInt32());
        var planes = file.AsSpan(8 + headerLength + entry.GetProperty("data_offsets")[0].GetInt32(), 3 * height * width);

        var pixels = new byte[planes.Length];
        for (var index = 0; index < pixels.Length; index++)
        {
            pixels[index] = planes[((index % 3) * height * width) + (index / 3)]; // [3, H, W] to [H, W, 3]
        }

        return new RgbImage(width, height, pixels);
    }
}
