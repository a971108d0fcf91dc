using System.Runtime.InteropServices;
using TorchSharp;

namespace Atelier.Benchmarks;

/// <summary>Says what a benchmark ran on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
        return $"{processor}, {torch.get_num_threads()} threads, .NET {Environment.Version}, {RuntimeInformation.OSDescription}";
    }
}
