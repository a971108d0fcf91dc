using System.Runtime.CompilerServices;
using Atelier.Diffusion.Native;

namespace Atelier.Rewards;

/// <summary>Makes torch loadable before a reward is the first to call it.</summary>
internal static class TorchLoading
{
#pragma warning disable CA2255 // a program may build a judge before anything of Atelier.Diffusion
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Prepare() => TorchRuntime.EnsureLoadable();
}
