using Atelier.Artifacts.Hub;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Weights;
using Atelier.Training.Runs;
using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>Writes a trained model as files that others read.</summary>
internal static class DdpoModelWriter
{
    private const string DiffusersFile = "pytorch_lora_weights.safetensors";
    private const string KohyaFile = "lora_kohya.safetensors";
    private const string UnetFile = "diffusion_pytorch_model.safetensors";

    /// <summary>Writes adapters in diffusers' and kohya's layouts.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="adapters">The trained adapters.</param>
    /// <param name="baseModel">The name by which others find the model that training began with, or null.</param>
    public static void WriteLora(string folder, LoraAdapters adapters, string? baseModel)
    {
        LoraFile.WriteDiffusers(Path.Combine(folder, DiffusersFile), adapters, baseModel);
        LoraFile.WriteKohya(Path.Combine(folder, KohyaFile), adapters);
    }

    /// <summary>Writes a whole diffusers folder around a trained UNet. Of the other components the files that were loaded are copied, byte for byte, and none beside them; only pickles become safetensors files.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="source">The folder that the model was loaded from.</param>
    /// <param name="variant">The variant that was loaded, or null.</param>
    /// <param name="unet">The UNet that was trained.</param>
    public static void WriteWhole(string folder, string source, string? variant, nn.Module unet)
    {
        foreach (var name in ((string[])[ModelIndex.FileName, ModelLocator.JudgeFile]).Where(name => File.Exists(Path.Combine(source, name))))
        {
            File.Copy(Path.Combine(source, name), Path.Combine(folder, name), overwrite: true);
        }

        foreach (var component in (string[])["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
        {
            var (from, to) = (Path.Combine(source, component), Directory.CreateDirectory(Path.Combine(folder, component)).FullName);
            foreach (var file in Directory.EnumerateFiles(from).Where(IsNoWeight))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
            }

            if (component is "vae" or "text_encoder")
            {
                WeightFiles.Copy(from, ComponentLoader.StemOf(component), StableDiffusionComponents.VariantOf(source, component, variant), to);
            }
        }

        WeightWriter.Write(Path.Combine(folder, "unet", UnetFile), unet);
    }

    private static bool IsNoWeight(string path) =>
        Path.GetExtension(path) is ".json" or ".txt" or ".model" && !Path.GetFileName(path).Contains(".safetensors.index", StringComparison.Ordinal) && !Path.GetFileName(path).Contains(".bin.index", StringComparison.Ordinal);
}
