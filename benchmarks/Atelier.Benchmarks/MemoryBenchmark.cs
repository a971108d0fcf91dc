namespace Atelier.Benchmarks;

/// <summary>Resident memory over 50 epochs of the default run's model, with few images so that it ends soon.</summary>
internal static class MemoryBenchmark
{
    private const int EpochCount = 50;

    public static void Run()
    {
        Console.WriteLine(Machine.Describe());
        using var run = new QuickstartRun(seed: 0, epochs: EpochCount);
        run.AfterEpoch = epoch => Console.WriteLine($"epoch {epoch}: resident {Memory.ResidentGibibytes() * 1024:f0} MiB");
        run.Train();
    }
}
