namespace Atelier.Benchmarks;

/// <summary>Resident memory over 50 epochs of the default run.</summary>
internal static class MemoryBenchmark
{
    private const int EpochCount = 50;
    private const int Window = 10;

    public static void Run()
    {
        Console.WriteLine(Machine.Describe());
        using var run = new QuickstartRun(seed: 0, epochs: EpochCount);
        List<double> resident = [];
        run.AfterEpoch = epoch =>
        {
            resident.Add(Memory.ResidentGibibytes() * 1024);
            Console.WriteLine($"epoch {epoch}: resident {resident[^1]:f0} MiB");
        };
        run.Train();
        var (early, late) = (resident[2..(2 + Window)].Average(), resident[^Window..].Average()); // one epoch differs from the next by up to 30 MiB, either way
        Console.WriteLine($"mean of {Window} epochs from the third: {early:f0} MiB, of the last {Window}: {late:f0} MiB ({(late / early) - 1:+0.0 %;-0.0 %}); smallest {resident[2..].Min():f0}, largest {resident[2..].Max():f0}; peak within an epoch {Memory.PeakGibibytes() * 1024:f0} MiB");
    }
}
