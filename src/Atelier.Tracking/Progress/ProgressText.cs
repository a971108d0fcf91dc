using System.Globalization;

namespace Atelier.Tracking;

/// <summary>Writes counts, times and rates for people.</summary>
internal static class ProgressText
{
    /// <summary>Writes <c>3/20</c>.</summary>
    public static string FormatCount(ProgressStage stage) => Format($"{stage.Count}/{stage.Total}");

    /// <summary>Writes <c>15%</c>; never 100% before the end.</summary>
    public static string FormatPercent(ProgressStage stage) => Format($"{(int)Math.Floor(stage.Fraction * 100)}%");

    /// <summary>Writes <c>0:31 &lt; 2:58</c>, elapsed and left; only the former for a stage that has ended.</summary>
    public static string FormatTimes(ProgressStage stage) => stage.IsEnded
        ? FormatDuration(stage.Elapsed)
        : $"{FormatDuration(stage.Elapsed)} < {FormatRemaining(stage)}";

    /// <summary>Writes <c>2:58</c>, or <c>-:--</c> while nothing is known.</summary>
    public static string FormatRemaining(ProgressStage stage) => stage.Remaining is { } remaining ? FormatDuration(remaining) : "-:--";

    /// <summary>Writes <c>0:31</c> or <c>26:02:03</c>.</summary>
    public static string FormatDuration(TimeSpan duration) => duration.TotalHours >= 1
        ? Format($"{(long)duration.TotalHours}:{duration.Minutes:00}:{duration.Seconds:00}")
        : Format($"{duration.Minutes}:{duration.Seconds:00}");

    /// <summary>Writes <c>1.9 step/s</c>, <c>4.2 s/step</c> or <c>2:05/epoch</c>, or nothing while nothing is known.</summary>
    public static string FormatRate(ProgressStage stage)
    {
        if (stage.TimePerItem is not { } time || time <= TimeSpan.Zero)
        {
            return "";
        }

        var item = stage.Unit.Length == 0 ? "item" : stage.Unit;
        return time.TotalSeconds switch
        {
            <= 0.01 => Format($"{1 / time.TotalSeconds:0} {item}/s"),
            <= 1 => Format($"{1 / time.TotalSeconds:0.0} {item}/s"),
            < 100 => Format($"{time.TotalSeconds:0.0} s/{item}"),
            _ => Format($"{FormatDuration(time)}/{item}"),
        };
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
