using Atelier.Benchmarks;
using Atelier.Diffusion.Native;

TorchRuntime.EnsureLoadable();
TorchRuntime.KeepFreedMemory();

switch (args.FirstOrDefault())
{
    case "epoch":
        EpochBenchmark.Run();
        return 0;
    case "curve":
        CurveBenchmark.Run();
        return 0;
    case "unet":
        UnetBenchmark.Run();
        return 0;
    case "memory":
        MemoryBenchmark.Run();
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project benchmarks/Atelier.Benchmarks -- epoch|curve|unet|memory");
        return 2;
}
