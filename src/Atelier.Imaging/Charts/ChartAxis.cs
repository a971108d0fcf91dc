using System.Globalization;

namespace Atelier.Imaging;

/// <summary>Maps one coordinate to a fraction of the plot and chooses round numbers to mark.</summary>
internal sealed class ChartAxis
{
    private readonly double _low; // in the mapped scale: the value, or its decimal logarithm
    private readonly double _high;

    private ChartAxis(double low, double high, bool isLogarithmic, IReadOnlyList<(double Value, string Label)> ticks)
    {
        _low = low;
        _high = high;
        IsLogarithmic = isLogarithmic;
        Ticks = [.. ticks.Where(tick => Fraction(tick.Value) is >= -1e-9 and <= 1 + 1e-9)];
    }

    /// <summary>Gets the values to mark, in rising order, with their labels.</summary>
    public IReadOnlyList<(double Value, string Label)> Ticks { get; }

    private bool IsLogarithmic { get; }

    /// <summary>Makes an axis for values, all accepted by <see cref="Accepts"/>; none gives 0 to 1 (1 to 10 if logarithmic).</summary>
    /// <param name="values">What has to fit.</param>
    /// <param name="isLogarithmic">Whether equal factors have equal lengths.</param>
    /// <param name="paddingFraction">Room left beyond the outermost values, as a fraction of the range.</param>
    /// <param name="targetTickCount">About how many marks there is room for.</param>
    /// <param name="smallestStep">The least distance between marks of a linear axis, such as 1 where only whole numbers mean something.</param>
    public static ChartAxis Fit(IReadOnlyCollection<double> values, bool isLogarithmic, double paddingFraction, int targetTickCount, double smallestStep = 0)
    {
        var (low, high) = values.Count == 0 ? (isLogarithmic ? (1, 10) : (0d, 1d)) : (values.Min(), values.Max());
        if (isLogarithmic)
        {
            (low, high) = (Math.Log10(low), Math.Log10(high));
        }

        if (high - low <= 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high)))
        {
            var room = isLogarithmic ? 0.5 : low == 0 ? 1 : Math.Abs(low) * 0.1; // all values equal: put them in the middle
            (low, high) = (low - room, high + room);
        }
        else
        {
            var room = (high - low) * paddingFraction;
            (low, high) = (low - room, high + room);
        }

        var ticks = isLogarithmic && high - low >= 0.8
            ? LogarithmicTicks(low, high, targetTickCount)
            : LinearTicks(low, high, isLogarithmic, targetTickCount, smallestStep);

        return new ChartAxis(low, high, isLogarithmic, ticks);
    }

    /// <summary>Tells whether a value has a place on an axis; magnitudes of 1e150 and more would overflow on the way and have none.</summary>
    public static bool Accepts(double value, bool isLogarithmic) =>
        double.IsFinite(value) && Math.Abs(value) < 1e150 && (!isLogarithmic || value > 1e-150);

    /// <summary>Computes where a value lies: 0 at the low end, 1 at the high end; values below a logarithmic axis lie at its low end.</summary>
    public double Fraction(double value)
    {
        if (IsLogarithmic && value <= 0)
        {
            return 0;
        }

        return ((IsLogarithmic ? Math.Log10(value) : value) - _low) / (_high - _low);
    }

    private static List<(double Value, string Label)> LinearTicks(double low, double high, bool isLogarithmic, int targetTickCount, double smallestStep)
    {
        if (isLogarithmic) // less than a decade: the round numbers of the values themselves
        {
            (low, high) = (Math.Pow(10, low), Math.Pow(10, high));
        }

        var step = Math.Max(smallestStep, RoundStep((high - low) / Math.Max(1, targetTickCount)));
        var ticks = new List<(double Value, string Label)>();
        var first = Math.Ceiling((low / step) - 1e-9);
        var last = Math.Floor((high / step) + 1e-9);
        for (var index = first; index <= last && ticks.Count < 100; index++)
        {
            var value = index * step;
            ticks.Add((value, Label(value, step, Math.Max(Math.Abs(low), Math.Abs(high)))));
        }

        return ticks;
    }

    private static List<(double Value, string Label)> LogarithmicTicks(double low, double high, int targetTickCount)
    {
        var first = (int)Math.Floor(low);
        var last = (int)Math.Ceiling(high);
        var everyNth = Math.Max(1, (int)Math.Ceiling((high - low) / targetTickCount));
        double[] multiples = high - low < targetTickCount / 3d ? [1, 2, 5] : [1];
        var ticks = new List<(double Value, string Label)>();
        for (var decade = first; decade <= last; decade++)
        {
            if (decade % everyNth != 0)
            {
                continue;
            }

            foreach (var multiple in multiples)
            {
                var value = multiple * Math.Pow(10, decade);
                ticks.Add((value, Label(value, value, value)));
            }
        }

        return ticks;
    }

    // 1, 2 or 5 times a power of ten, at least as large as asked.
    private static double RoundStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        var multiple = least / power;

        return power * (multiple <= 1.0001 ? 1 : multiple <= 2.0001 ? 2 : multiple <= 5.0001 ? 5 : 10);
    }

    private static string Label(double value, double step, double largest)
    {
        if (value == 0 || Math.Abs(value) < step * 1e-6)
        {
            return "0";
        }

        if (largest is >= 1e6 or < 1e-3)
        {
            var digits = Math.Clamp((int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9) - (int)Math.Floor(Math.Log10(step) + 1e-9), 0, 12);

            return value.ToString($"0.{new string('0', digits)}e0", CultureInfo.InvariantCulture).Replace('-', '−');
        }

        var decimals = Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 12);

        return value.ToString($"F{decimals}", CultureInfo.InvariantCulture).Replace('-', '−');
    }
}
