using System.Runtime.CompilerServices;
using Atelier.Diffusion.Native;

namespace Atelier.Tests;

internal static class TorchSetup
{
#pragma warning disable CA2255 // the tests call torch directly, so their own assembly must prepare it
    [ModuleInitializer]
    internal static void Prepare() => TorchRuntime.EnsureLoadable();
#pragma warning restore CA2255
}
