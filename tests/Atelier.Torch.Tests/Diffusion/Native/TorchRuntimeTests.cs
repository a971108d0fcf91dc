using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Atelier.Diffusion.Native;
using Xunit;

namespace Atelier.Tests.Diffusion.Native;

/// <summary>What the native libraries are told before they are loaded.</summary>
public static class TorchRuntimeTests
{
    [Fact]
    public static void Waiting_threads_fall_asleep_soon_but_not_at_once_unless_the_user_says_otherwise()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the variables are libgomp's, and only looked for on Linux");
        var isUsers = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null || Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is not null;
        Assert.Equal(isUsers ? Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") : "active", Read("OMP_WAIT_POLICY"));
        Assert.Equal(isUsers ? Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") : "1000", Read("GOMP_SPINCOUNT"));
    }

    [Fact]
    public static void Operations_take_their_avx2_forms_unless_the_user_says_otherwise()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Avx512F.IsSupported, "this processor has no AVX-512 to choose against");
        Assert.Equal(Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") ?? "avx2", Read("ATEN_CPU_CAPABILITY"));
        var isAmd = File.ReadAllText("/proc/cpuinfo").Contains("AuthenticAMD", StringComparison.Ordinal);
        Assert.Equal(Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") ?? (isAmd ? "AVX2" : null), Read("ONEDNN_MAX_CPU_ISA"));
    }

    // .NET's own getter has a copy from the start of the process.
    private static string? Read(string name)
    {
        TorchRuntime.EnsureLoadable();
        var getenv = Marshal.GetDelegateForFunctionPointer<GetVariable>(NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getenv"));
        return Marshal.PtrToStringUTF8(getenv(name));
    }

    private delegate nint GetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
