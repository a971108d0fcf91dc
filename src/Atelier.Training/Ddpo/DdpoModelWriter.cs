using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Weights;
using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>Writes a trained model as files that others read.</summary>
internal static class DdpoModelWriter
{
    private const string DiffusersFile = "pytorch_lora_weights.safetensors";
    private const string KohyaFile = "lora_kohya.safetensors";
    private const string UnetFile = "diffusion_pytorch_model.safetensors";

    /// <summary>Writes the adapters in diffusers' and kohya's layouts, or, where the UNet itself was trained, a whole diffusers folder.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="source">The folder that the model was loaded from.</param>
    /// <param name="adapters">The trained adapters, or null.</param>
    /// <param name="unet">The UNet that was trained where there are no adapters.</param>
    /// <param name="baseModel">The name by which others find the model that training began with, or null.</param>
    public static void Write(string folder, string source, LoraAdapters? adapters, nn.Module unet, string? baseModel)
    {
        if (adapters is not null)
        {
            LoraFile.WriteDiffusers(Path.Combine(folder, DiffusersFile), adapters, baseModel);
            LoraFile.WriteKohya(Path.Combine(folder, KohyaFile), adapters);
            return;
        }

        CopyUntrained(source, folder);
        WeightWriter.Write(Path.Combine(folder, "unet", UnetFile), unet);
    }

    // Everything but the UNet's weights stays byte for byte what it was.
    private static void CopyUntrained(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source).Where(path => Path.GetExtension(path) is ".json" or ".safetensors" or ".txt"))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        }

        foreach (var component in (string[])["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
        {
            var destination = Directory.CreateDirectory(Path.Combine(target, component)).FullName;
            foreach (var file in Directory.EnumerateFiles(Path.Combine(source, component)))
            {
                var isUnetWeight = component == "unet" && Path.GetFileName(file).StartsWith("diffusion_pytorch_model", StringComparison.Ordinal);
                if (!isUnetWeight)
                {
                    File.Copy(file, Path.Combine(destination, Path.GetFileName(file)), overwrite: true);
                }
            }
        }
    }
}
