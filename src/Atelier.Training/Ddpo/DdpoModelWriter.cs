using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Pipelines;

namespace Atelier.Training.Ddpo;

/// <summary>Writes a trained model as files that others read.</summary>
internal static class DdpoModelWriter
{
    public static void Write(string folder, StableDiffusionComponents components, LoraAdapters? adapters) =>
        throw new NotSupportedException($"{folder} {components} {adapters}");
}
