using System.Diagnostics;
using static TorchSharp.torch;

namespace Atelier.Benchmarks;

/// <summary>The machine's own matmul speed, against which everything is measured.</summary>
internal static class Peak
{
    private const int Size = 2048;

    /// <summary>Multiplies square single-precision matrices for about half a second.</summary>
    /// <returns>FLOP/s of the fastest multiplication.</returns>
    public static double Measure()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (rand(Size, Size), rand(Size, Size));
        using (var warmUp = matmul(a, b))
        {
        }

        var best = double.MaxValue;
        var total = Stopwatch.StartNew();
        while (total.Elapsed.TotalSeconds < 0.5)
        {
            var watch = Stopwatch.StartNew();
            using var product = matmul(a, b);
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return 2.0 * Size * Size * Size / best;
    }
}
