using Atelier.Artifacts.Hub;
using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Tokenization;

namespace Atelier.Diffusion.Pipelines;

/// <summary>The parts of a Stable Diffusion pipeline.</summary>
public sealed class StableDiffusionComponents : IDisposable
{
    private StableDiffusionComponents(string folder, UNet2DConditionModel unet, AutoencoderKL vae, ClipTextModel textEncoder)
    {
        Folder = folder;
        Unet = unet;
        Vae = vae;
        TextEncoder = textEncoder;
        Tokenizer = ClipTokenizer.FromFolder(Path.Combine(folder, "tokenizer"));
        Schedule = DdimConfig.Read(Path.Combine(folder, "scheduler", "scheduler_config.json"));
    }

    /// <summary>Gets the folder that the parts were loaded from.</summary>
    public string Folder { get; }

    /// <summary>Gets the UNet.</summary>
    public UNet2DConditionModel Unet { get; }

    /// <summary>Gets the VAE.</summary>
    public AutoencoderKL Vae { get; }

    /// <summary>Gets the text encoder.</summary>
    public ClipTextModel TextEncoder { get; }

    /// <summary>Gets the tokenizer.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>Gets the noise schedule, read as DDIM's.</summary>
    public DdimConfig Schedule { get; }

    /// <summary>Loads a diffusers folder.</summary>
    /// <param name="folder">The folder with <c>model_index.json</c>.</param>
    /// <param name="placement">Where the networks go, and in which format.</param>
    /// <param name="variant">The weight files' variant, such as <c>fp16</c>, or null.</param>
    /// <returns>The parts; the caller disposes them.</returns>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    /// <exception cref="NotSupportedException">The folder holds another kind of pipeline, or a config asks for what is not implemented.</exception>
    /// <exception cref="WeightMismatchException">Weights do not fit their config.</exception>
    public static StableDiffusionComponents Load(string folder, Placement placement, string? variant = null)
    {
        RequirePipeline(folder);
        UNet2DConditionModel? unet = null;
        AutoencoderKL? vae = null;
        ClipTextModel? textEncoder = null;
        try
        {
            unet = ComponentLoader.LoadUnet(Path.Combine(folder, "unet"), placement, VariantOf(folder, "unet", variant));
            vae = ComponentLoader.LoadVae(Path.Combine(folder, "vae"), placement, VariantOf(folder, "vae", variant));
            textEncoder = ComponentLoader.LoadTextEncoder(Path.Combine(folder, "text_encoder"), placement, VariantOf(folder, "text_encoder", variant));
            return new StableDiffusionComponents(folder, unet, vae, textEncoder);
        }
        catch
        {
            unet?.Dispose();
            vae?.Dispose();
            textEncoder?.Dispose();
            throw;
        }
    }

    /// <summary>Says which variant of a component's weights is loaded: where some components have the one that is wanted, the others take their plain files.</summary>
    /// <param name="folder">The folder with <c>model_index.json</c>.</param>
    /// <param name="component">The component.</param>
    /// <param name="variant">The variant that is wanted, or null.</param>
    /// <returns>The variant, or null for the plain files.</returns>
    public static string? VariantOf(string folder, string component, string? variant)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return variant is null || Has(component) || !((string[])["unet", "vae", "text_encoder"]).Any(Has) ? variant : null;

        bool Has(string name) => WeightFiles.Has(Path.Combine(folder, name), ComponentLoader.StemOf(name), variant);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unet.Dispose();
        Vae.Dispose();
        TextEncoder.Dispose();
    }

    private static void RequirePipeline(string folder)
    {
        var path = Path.Combine(folder, ModelIndex.FileName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{folder} is no diffusers pipeline: it has no {ModelIndex.FileName}.", path);
        }

        var index = ModelIndex.Read(path);
        Require("unet", "UNet2DConditionModel");
        Require("vae", "AutoencoderKL");
        Require("text_encoder", "CLIPTextModel");
        Require("tokenizer", "CLIPTokenizer");

        void Require(string name, string className)
        {
            var actual = index.Components.GetValueOrDefault(name)?.ClassName;
            if (actual is null || !(actual.Equals(className, StringComparison.Ordinal) || actual.Equals($"{className}Fast", StringComparison.Ordinal)))
            {
                throw new NotSupportedException($"{path}: {name} is {actual ?? "missing"}; Stable Diffusion 1.x and 2.x have {className}.");
            }
        }
    }
}
