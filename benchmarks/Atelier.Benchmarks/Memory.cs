using System.Globalization;

namespace Atelier.Benchmarks;

/// <summary>The process's memory, as Linux counts it.</summary>
internal static class Memory
{
    public static double PeakGibibytes() => Read("VmHWM:");

    public static double ResidentGibibytes() => Read("VmRSS:");

    private static double Read(string key)
    {
        if (!File.Exists("/proc/self/status"))
        {
            return double.NaN;
        }

        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith(key, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) / (1024 * 1024);
    }
}
