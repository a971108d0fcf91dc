using Atelier.Imaging;
using Xunit;

namespace Atelier.Tests.Imaging;

public class LineChartTests
{
    private static readonly RgbColor Red = new(220, 0, 30);

    [Fact]
    public void Chart_has_the_size_asked_for()
    {
        var chart = LineChart.Draw([], new ChartOptions { Width = 321, Height = 234 });

        Assert.Equal((321, 234), (chart.Width, chart.Height));
    }

    [Fact]
    public void Rising_line_runs_from_bottom_left_to_top_right()
    {
        var places = LineChart.Draw([ChartSeries.FromValues("", [0, 1, 2, 3]) with { Color = Red }]).Find(Red);

        var first = places.MinBy(place => place.X);
        var last = places.MaxBy(place => place.X);
        Assert.InRange(first.X, 20, 120);
        Assert.InRange(first.Y, 400, 490);
        Assert.InRange(last.X, 800, 890);
        Assert.InRange(last.Y, 10, 80);
    }

    [Fact]
    public void Constant_line_lies_in_the_middle()
    {
        var places = LineChart.Draw([ChartSeries.FromValues("", [5, 5, 5]) with { Color = Red }]).Find(Red);

        Assert.NotEmpty(places);
        Assert.True(places.Max(place => place.Y) - places.Min(place => place.Y) <= 3);
        Assert.InRange(places[0].Y, 200, 290);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-300)]
    [InlineData(-1e140)]
    [InlineData(12345.678)]
    public void Single_point_is_a_dot(double value)
    {
        var places = LineChart.Draw([new ChartSeries("", [new ChartPoint(3, value)]) { Color = Red }]).Find(Red);

        Assert.InRange(places.Count, 10, 60);
    }

    [Fact]
    public void Powers_are_a_straight_line_on_a_logarithmic_axis()
    {
        var places = LineChart.Draw(
            [ChartSeries.FromValues("", [1, 10, 100, 1000, 10_000]) with { Color = Red }], new ChartOptions { IsLogarithmic = true }).Find(Red);

        var (left, right) = (places.MinBy(place => place.X), places.MaxBy(place => place.X));
        foreach (var (x, y) in places)
        {
            var expected = left.Y + ((right.Y - left.Y) * (x - left.X) / (double)(right.X - left.X));
            Assert.InRange(y - expected, -4, 4);
        }
    }

    [Fact]
    public void Not_a_number_leaves_a_gap()
    {
        double[] values = [1, 1, 1, double.NaN, double.NaN, double.PositiveInfinity, 1, 1, 1];
        var columns = LineChart.Draw([ChartSeries.FromValues("", values) with { Color = Red }]).Find(Red).Select(place => place.X).Distinct().Order().ToArray();

        var widestGap = columns.Zip(columns.Skip(1), (left, right) => right - left).Max();
        Assert.InRange(widestGap, 300, 450); // four of eight steps
    }

    [Fact]
    public void Band_is_a_tint_of_the_line_around_it()
    {
        ChartPoint[] points = [new(0, 1, 0.5), new(1, 1, 0.5)];
        var chart = LineChart.Draw([new ChartSeries("", points) { Color = Red }]);
        var middle = chart.Find(Red)[0];

        var above = chart.At(middle.X + 50, middle.Y - 60);
        Assert.True(above.Red > above.Green + 20, $"{above} is reddish");
        Assert.Equal(above, chart.At(middle.X + 50, middle.Y + 60));
    }

    [Fact]
    public void Legend_shows_each_named_series()
    {
        var unnamed = LineChart.Draw([new ChartSeries("", []) { Color = Red }]).Find(Red);
        var named = LineChart.Draw([new ChartSeries("reward", []) { Color = Red }]).Find(Red);

        Assert.Empty(unnamed);
        Assert.NotEmpty(named);
    }

    public static TheoryData<string, double[]> AwkwardValues() => new()
    {
        { "empty", [] },
        { "nothing finite", [double.NaN, double.NegativeInfinity, double.MaxValue] },
        { "zeros", [0, 0, 0] },
        { "negative", [-3, -2, -1] },
        { "almost constant", [1, 1 + 1e-16, 1 - 1e-15] },
        { "tiny range on a large number", [1e9, 1e9 + 1e-3] },
        { "denormal", [double.Epsilon, 2 * double.Epsilon] },
        { "huge range", [-1e149, 1e149] },
        { "many decades", [1e-149, 1e149] },
    };

    [Theory]
    [MemberData(nameof(AwkwardValues))]
    public void Awkward_values_still_give_a_chart(string reason, double[] values)
    {
        ChartPoint[] points = [.. values.Select((value, index) => new ChartPoint(index, value, index % 2 == 0 ? double.NaN : Math.Abs(value)))];
        foreach (var isLogarithmic in new[] { false, true })
        {
            var options = new ChartOptions { Title = reason, IsLogarithmic = isLogarithmic, Width = 200, Height = 150, HorizontalLabel = "x", VerticalLabel = "y" };
            Assert.Equal(200, LineChart.Draw([new ChartSeries(reason, points) { HasMarkers = true }], options).Width);
            ChartPoint[] turned = [.. points.Select(point => new ChartPoint(point.Y, point.X))];
            Assert.Equal(200, LineChart.Draw([new ChartSeries(reason, turned)], options).Width);
        }
    }

    [Fact]
    public void Charts_are_drawn_alike_on_several_threads()
    {
        var options = new ChartOptions { Title = "Title", HorizontalLabel = "epoch", Width = 400, Height = 250 };
        RgbImage Draw() => LineChart.Draw([ChartSeries.FromValues("a", [1, 3, 2])], options);
        var alone = Draw().Pixels;

        var together = new byte[8][];
        Parallel.For(0, together.Length, index => together[index] = Draw().Pixels);

        Assert.All(together, pixels => Assert.Equal(alone, pixels));
    }

    [Theory]
    [InlineData(199, 500)]
    [InlineData(900, 20_000)]
    public void Unreasonable_sizes_are_rejected(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LineChart.Draw([], new ChartOptions { Width = width, Height = height }));
}
