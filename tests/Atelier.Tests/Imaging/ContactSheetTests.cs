using Atelier.Imaging;
using Xunit;

namespace Atelier.Tests.Imaging;

public class ContactSheetTests
{
    private static readonly RgbColor Red = new(250, 10, 20);
    private static readonly RgbColor Blue = new(5, 40, 240);

    [Fact]
    public void Bare_sheet_is_margin_pictures_and_gaps()
    {
        var sheet = ContactSheet.Draw(
            [new SheetBand([.. Enumerable.Range(0, 5).Select(index => new SheetCell(TestPictures.Noise(20, 16, index)))])],
            new SheetOptions { Zoom = 1, MaximumColumnCount = 3, Margin = 10, Gap = 6 });

        Assert.Equal(10 + (3 * 20) + (2 * 6) + 10, sheet.Width);
        Assert.Equal(10 + 16 + 6 + 16 + 10, sheet.Height);
    }

    [Fact]
    public void Each_picture_appears_pixel_for_pixel_at_its_place()
    {
        var options = new SheetOptions { Zoom = 1, MaximumColumnCount = 3, Margin = 10, Gap = 6 };
        RgbImage[] images = [.. Enumerable.Range(0, 5).Select(index => TestPictures.Noise(20, 16, index))];
        var sheet = ContactSheet.Draw([new SheetBand([.. images.Select(image => new SheetCell(image))])], options);

        for (var index = 0; index < images.Length; index++)
        {
            var left = 10 + ((index % 3) * 26);
            var top = 10 + ((index / 3) * 22);
            for (var pixel = 0; pixel < 20 * 16; pixel++)
            {
                Assert.Equal(images[index].At(pixel % 20, pixel / 20), sheet.At(left + (pixel % 20), top + (pixel / 20)));
            }
        }
    }

    [Fact]
    public void Zoom_makes_each_pixel_a_square()
    {
        var image = TestPictures.Noise(7, 5);
        var sheet = ContactSheet.Draw([new SheetBand([new SheetCell(image)])], new SheetOptions { Zoom = 4, Margin = 3 });

        Assert.Equal(((7 * 4) + 6, (5 * 4) + 6), (sheet.Width, sheet.Height));
        for (var y = 0; y < 20; y++)
        {
            for (var x = 0; x < 28; x++)
            {
                Assert.Equal(image.At(x / 4, y / 4), sheet.At(3 + x, 3 + y));
            }
        }
    }

    [Fact]
    public void Small_pictures_are_enlarged_and_large_ones_shrunk_unless_told_otherwise()
    {
        var small = ContactSheet.Draw([new SheetBand([new SheetCell(TestPictures.Flat(64, 64, Red))])], new SheetOptions { Margin = 0 });
        var large = ContactSheet.Draw([new SheetBand([new SheetCell(TestPictures.Flat(1000, 500, Red))])], new SheetOptions { Margin = 0 });

        Assert.Equal((192, 192), (small.Width, small.Height));
        Assert.Equal((320, 160), (large.Width, large.Height));
        Assert.Equal(320 * 160, large.Find(Red).Count);
    }

    [Fact]
    public void Same_cell_of_two_bands_stands_in_the_same_column_under_its_heading()
    {
        var white = TestPictures.Flat(64, 64, new RgbColor(255, 255, 255));
        var sheet = ContactSheet.Draw(
            [
                new SheetBand([new SheetCell(white, "one"), new SheetCell(TestPictures.Flat(64, 64, Red), "a prompt\nreward 1.25")], "before fine-tuning"),
                new SheetBand([new SheetCell(white, "one"), new SheetCell(TestPictures.Flat(64, 64, Blue), "a prompt\nreward 3.50")], "after 12 epochs"),
            ],
            new SheetOptions { Title = "Before and after" });

        var red = sheet.Find(Red);
        var blue = sheet.Find(Blue);

        Assert.Equal(192 * 192, red.Count);
        Assert.Equal(192 * 192, blue.Count);
        Assert.Equal(red.Min(place => place.X), blue.Min(place => place.X));
        Assert.True(blue.Min(place => place.Y) > red.Max(place => place.Y) + 40, "caption and heading stand between the bands");
    }

    [Fact]
    public void Caption_is_dark_text_below_the_picture_within_its_cell()
    {
        var picture = TestPictures.Flat(150, 30, Red);
        var longText = string.Join(' ', Enumerable.Repeat("a very long prompt", 20)) + " " + new string('w', 200);
        var bare = ContactSheet.Draw([new SheetBand([new SheetCell(picture)])], new SheetOptions { Zoom = 1 });
        var one = ContactSheet.Draw([new SheetBand([new SheetCell(picture, "short")])], new SheetOptions { Zoom = 1 });
        var many = ContactSheet.Draw([new SheetBand([new SheetCell(picture, longText)])], new SheetOptions { Zoom = 1 });

        Assert.Equal(bare.Width, many.Width);
        Assert.InRange(one.Height - bare.Height, 15, 30);
        Assert.InRange(many.Height - bare.Height, 45, 65); // three lines

        var dark = from y in Enumerable.Range(54, many.Height - 54) from x in Enumerable.Range(0, many.Width) where many.At(x, y).Green < 120 select x;
        Assert.NotEmpty(dark);
        Assert.InRange(dark.Min(), 24, 60);
        Assert.InRange(dark.Max(), 120, 24 + 150);
    }

    [Fact]
    public void Own_line_of_a_caption_survives_a_long_prompt()
    {
        var longPrompt = string.Join(' ', Enumerable.Repeat("prompt", 50));
        var picture = TestPictures.Flat(150, 30, Red);
        var low = ContactSheet.Draw([new SheetBand([new SheetCell(picture, longPrompt + "\nreward 1")])]);
        var high = ContactSheet.Draw([new SheetBand([new SheetCell(picture, longPrompt + "\nreward 8")])]);

        Assert.NotEqual(low.Pixels, high.Pixels);
    }

    [Fact]
    public void Sheet_without_bands_is_rejected_and_one_without_cells_is_not()
    {
        Assert.Throws<ArgumentException>(() => ContactSheet.Draw([]));
        Assert.True(ContactSheet.Draw([new SheetBand([], "no pictures")]).Height > 0);
    }

    [Fact]
    public void Option_out_of_range_is_named()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => ContactSheet.Draw([new SheetBand([])], new SheetOptions { MaximumColumnCount = 0 }));

        Assert.Contains(nameof(SheetOptions.MaximumColumnCount), error.Message, StringComparison.Ordinal);
    }
}
