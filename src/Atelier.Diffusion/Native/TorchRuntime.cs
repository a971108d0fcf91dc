using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Atelier.Diffusion.Native;

/// <summary>Prepares libtorch for this process: makes its library loadable, sets threads, and tunes the allocator.</summary>
public static partial class TorchRuntime
{
    private const int TrimThreshold = -1;
    private const int MaximumMappings = -4;
    private const int AmdVendor = 0x68747541; // "Auth", of AuthenticAMD

    /// <summary>
    /// Makes sure that TorchSharp's native library can be loaded on this system.
    /// Executables that call torch before any other type of Atelier call this first; it may be called any number of times.
    /// </summary>
    /// <remarks>See docs/decisions/0001-native-library.md.</remarks>
    public static void EnsureLoadable() => RuntimeHelpers.RunModuleConstructor(typeof(TorchRuntime).Module.ModuleHandle);

    /// <summary>Loads libtorch now, if it is not loaded yet: some 0.2 s that its first operation need not take then.</summary>
    /// <exception cref="DllNotFoundException">It is not there or can't be loaded.</exception>
    public static void Load() => torch.InitializeDeviceType(DeviceType.CPU);

    /// <summary>
    /// Keeps freed tensor memory in the process instead of giving it back to the kernel at once, so that it is not page-faulted in anew for every tensor.
    /// </summary>
    /// <remarks>
    /// Worth 10 to 16 % of a step on the CPU at the price of a higher resident memory (measured on Debian 12 with glibc 2.36). It does nothing outside glibc.
    /// </remarks>
    /// <returns>Whether the allocator took the settings.</returns>
    public static bool KeepFreedMemory() => CallLibc(static () => MallocOption(MaximumMappings, 0) & MallocOption(TrimThreshold, -1)) == 1; // musl has no mallopt

    /// <summary>
    /// Gives the memory that is free now back to the kernel: between two phases of work, so that what lies in pieces does not pile up over a long run. Some 30 milliseconds where 200 MiB are given back. It does nothing outside glibc.
    /// </summary>
    public static void GiveBackFreedMemory() => CallLibc(static () => TrimMalloc(0)); // musl gives back by itself

    /// <summary>
    /// Lets threads that wait for the others of an operation fall asleep after some 20 microseconds: not after milliseconds, libgomp's own default, which burns a core that another program could use,
    /// and not at once, its default where it has more threads than there are cores, as in a program that loads a model on one thread and trains it on another: waking a thread costs tens of microseconds.
    /// Measured on two cores: with two busy programs beside it, one picture of the embedded model in 1.7 s where the default took 5 to 11; alone, an epoch of its training in 5.5 s where it took 7.
    /// What the environment says of it (<c>GOMP_SPINCOUNT</c>, <c>OMP_WAIT_POLICY</c>) is left as it is.
    /// </summary>
    /// <remarks>libgomp reads the variables when it is loaded, so this must run before libtorch is.</remarks>
    internal static void LimitSpinning()
    {
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null && Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is null)
        {
            // .NET's own setter does not reach native code. The active policy is what raises the limit of a crowded process from 100 turns to 1000.
            CallLibc(static () => SetVariable("OMP_WAIT_POLICY", "active", overwrite: 0) + SetVariable("GOMP_SPINCOUNT", "1000", overwrite: 0));
        }
    }

    /// <summary>
    /// Has libtorch use its AVX2 forms on processors that have AVX-512, too: of its own elementwise operations on all of them, of oneDNN's convolutions on AMD's, where MKL's matrix products are AVX2 anyway.
    /// Then an AMD processor rounds as one without AVX-512 does, on which the golden data was made (docs/decisions/0012-rounding-as-the-originals.md).
    /// Measured on an AMD EPYC: an epoch of the embedded model takes 15 to 20 % less, as the AVX-512 form of SiLU can be eight times as slow as the other. The convolutions cost 6 to 8 % of it again; in a UNet of Stable Diffusion 1.5's size they take as long.
    /// What the environment says of it (<c>ATEN_CPU_CAPABILITY</c>, <c>ONEDNN_MAX_CPU_ISA</c>) is left as it is.
    /// </summary>
    /// <remarks>libtorch reads the variables before its first operation.</remarks>
    internal static void PreferAvx2()
    {
        if (!Avx512F.IsSupported)
        {
            return;
        }

        CallLibc(static () => SetVariable("ATEN_CPU_CAPABILITY", "avx2", overwrite: 0));
        if (X86Base.CpuId(0, 0).Ebx == AmdVendor)
        {
            CallLibc(static () => SetVariable("ONEDNN_MAX_CPU_ISA", "AVX2", overwrite: 0));
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

    // Null where there is no such function: what these tune is no reason to fail.
    private static int? CallLibc(Func<int> call)
    {
        try
        {
            return OperatingSystem.IsLinux() ? call() : null;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimMalloc(nuint keptByteCount);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
