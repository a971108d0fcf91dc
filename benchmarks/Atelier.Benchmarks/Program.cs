using Atelier.Benchmarks;
using Atelier.Diffusion.Native;

// The hub needs no torch.
if (args is ["hub"])
{
    await HubBenchmark.RunAsync();
    return 0;
}

if (args is ["hub-server"])
{
    await HubBenchmark.ServeAsync();
    return 0;
}

if (args is ["hub-load", var name, var revision])
{
    HubBenchmark.LoadOnce(name, revision);
    return 0;
}

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
        Console.Error.WriteLine("usage: dotnet run -c Release --project benchmarks/Atelier.Benchmarks -- epoch|curve|unet|memory|hub");
        return 2;
}
