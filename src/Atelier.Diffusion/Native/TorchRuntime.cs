using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Atelier.Diffusion.Native;

/// <summary>Prepares libtorch for this process: makes its library loadable, sets threads, and tunes the allocator.</summary>
public static partial class TorchRuntime
{
    private const int TrimThreshold = -1;
    private const int MaximumMappings = -4;

    /// <summary>
    /// Makes sure that TorchSharp's native library can be loaded on this system.
    /// Executables that call torch before any other type of Atelier call this first; it may be called any number of times.
    /// </summary>
    /// <remarks>See docs/decisions/0001-native-library.md.</remarks>
    public static void EnsureLoadable() => RuntimeHelpers.RunModuleConstructor(typeof(TorchRuntime).Module.ModuleHandle);

    /// <summary>
    /// Keeps freed tensor memory in the process instead of giving it back to the kernel at once, so that it is not page-faulted in anew for every tensor.
    /// </summary>
    /// <remarks>
    /// Worth 10 to 16 % of a step on the CPU at the price of a higher resident memory (measured on Debian 12 with glibc 2.36). It does nothing outside glibc.
    /// </remarks>
    /// <returns>Whether the allocator took the settings.</returns>
    public static bool KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return MallocOption(MaximumMappings, 0) == 1 & MallocOption(TrimThreshold, -1) == 1;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            return false; // musl has no mallopt
        }
    }

    /// <summary>Sets how many threads one operation may use; 0 leaves libtorch's own choice, one for each core.</summary>
    /// <param name="count">The number of threads, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static void UseThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > 0)
        {
            torch.set_num_threads(count);
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
