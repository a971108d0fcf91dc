using Atelier.Imaging;

namespace Atelier.Benchmarks;

/// <summary>How fast the default run's reward rises, for three seeds.</summary>
internal static class CurveBenchmark
{
    private const double Goal = 2;
    private const double LimitSeconds = 120;

    public static void Run()
    {
        var path = Path.Combine("benchmarks", "Atelier.Benchmarks", "results", "quickstart-curve.png");
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new DirectoryNotFoundException($"the curves are drawn to {path}: run this in the repository's root");
        }

        Console.WriteLine(Machine.Describe());
        var series = new List<ChartSeries>();
        foreach (var seed in (long[])[0, 1, 2])
        {
            var peak = Peak.Measure();
            using var run = new QuickstartRun(seed, epochs: 100);
            run.ShouldStop = epochs => Seconds(run, epochs.Count) > LimitSeconds;
            run.Train();
            var first = run.Epochs[0];
            var gains = run.Epochs.Select(epoch => (epoch.RewardMean - first.RewardMean) / first.RewardDeviationWithinPrompt).ToList();
            series.Add(new ChartSeries($"seed {seed}", [.. run.Epochs.Select((epoch, i) => new ChartPoint(Seconds(run, i + 1), epoch.RewardMean, epoch.RewardDeviationWithinPrompt))]));
            var reached = gains.FindIndex(gain => gain >= Goal);
            Console.WriteLine(
                $"seed {seed}: sgemm {peak / 1e9:f0} GFLOP/s; +{Goal} standard deviations "
                + (reached < 0 ? $"not reached in {LimitSeconds} s (+{gains.Max():f2})" : $"in epoch {reached}, seen after {Seconds(run, reached + 1):f0} s of training, updates that earned it done after {Seconds(run, reached):f0} s")
                + $"; gains by epoch: {string.Join(" ", gains.Select(gain => $"{gain:f2}"))}");
        }

        PngFile.Write(path, LineChart.Draw(series, new ChartOptions { Title = "quickstart: JPEG size, mean and spread within a prompt", HorizontalLabel = "seconds of training", VerticalLabel = "kB" }));
        Console.WriteLine($"drawn to {path}");
    }

    private static double Seconds(QuickstartRun run, int epochs) => run.Times.Take(epochs).Sum(time => time.Sampling + time.Training);
}
