namespace Atelier.Benchmarks;

/// <summary>Resident memory over 50 epochs of the default run.</summary>
internal static class MemoryBenchmark
{
    private const int EpochCount = 50;

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
        Console.WriteLine($"growth from the third epoch to the last: {resident[^1] - resident[2]:f0} MiB ({(resident[^1] / resident[2]) - 1:p1}); largest within the last half: {resident[(EpochCount / 2)..].Max():f0} MiB");
    }
}
