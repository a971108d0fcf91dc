using Atelier.Imaging;
using Xunit;

namespace Atelier.Tests.Imaging;

public class RgbImageTests
{
    [Fact]
    public void Pixels_of_another_count_are_rejected_with_both_numbers()
    {
        var error = Assert.Throws<ArgumentException>(() => new RgbImage(4, 3, new byte[35]));

        Assert.Contains("4×3", error.Message, StringComparison.Ordinal);
        Assert.Contains("36", error.Message, StringComparison.Ordinal);
        Assert.Contains("35", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    public void Empty_sizes_are_rejected(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RgbImage(width, height, []));
}
