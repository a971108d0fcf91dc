using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;

namespace Atelier.Diffusion.Pipelines;

/// <summary>Loads one network from its folder in a diffusers pipeline.</summary>
public static class ComponentLoader
{
    private const string DiffusersStem = "diffusion_pytorch_model";
    private const string TransformersStem = "model";

    /// <summary>Gives the name of a component's weight files before the extension.</summary>
    /// <param name="component">The component, such as <c>unet</c>.</param>
    /// <returns>diffusers' name or, for a text encoder, transformers'.</returns>
    public static string StemOf(string component) => component is "text_encoder" ? TransformersStem : DiffusersStem;

    /// <summary>Loads a UNet.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="placement">Where the weights go, and in which format.</param>
    /// <param name="variant">The files' variant, such as <c>fp16</c>, or null.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="NotSupportedException">The config asks for what is not implemented.</exception>
    /// <exception cref="WeightMismatchException">The weights do not fit the config.</exception>
    public static UNet2DConditionModel LoadUnet(string folder, Placement placement, string? variant = null)
    {
        var model = new UNet2DConditionModel(UNet2DConditionConfig.Read(Path.Combine(folder, "config.json")), placement);
        return Fill(model, folder, DiffusersStem, variant, null, null);
    }

    /// <summary>Loads a VAE; the attention names of the first published files are understood.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="placement">Where the weights go, and in which format.</param>
    /// <param name="variant">The files' variant, such as <c>fp16</c>, or null.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="NotSupportedException">The config asks for what is not implemented.</exception>
    /// <exception cref="WeightMismatchException">The weights do not fit the config.</exception>
    public static AutoencoderKL LoadVae(string folder, Placement placement, string? variant = null)
    {
        var model = new AutoencoderKL(AutoencoderKLConfig.Read(Path.Combine(folder, "config.json")), placement);
        return Fill(model, folder, DiffusersStem, variant, CurrentVaeName, null);
    }

    /// <summary>Loads a text encoder.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="placement">Where the weights go, and in which format.</param>
    /// <param name="variant">The files' variant, such as <c>fp16</c>, or null.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="NotSupportedException">The config asks for what is not implemented.</exception>
    /// <exception cref="WeightMismatchException">The weights do not fit the config.</exception>
    public static ClipTextModel LoadTextEncoder(string folder, Placement placement, string? variant = null)
    {
        var model = new ClipTextModel(ClipTextConfig.Read(Path.Combine(folder, "config.json")), placement);
        return Fill(model, folder, TransformersStem, variant, null, ["text_model.embeddings.position_ids"]);
    }

    /// <summary>Turns the VAE attention names of files from before diffusers 0.18 into today's.</summary>
    /// <param name="name">A name in a file.</param>
    /// <returns>The network's name.</returns>
    internal static string CurrentVaeName(string name)
    {
        const string Attention = ".attentions.0.";
        var split = name.IndexOf(Attention, StringComparison.Ordinal);
        if (split < 0)
        {
            return name;
        }

        var (head, tail) = (name[..(split + Attention.Length)], name[(split + Attention.Length)..]);
        foreach (var (old, current) in (ReadOnlySpan<(string, string)>)[("query.", "to_q."), ("key.", "to_k."), ("value.", "to_v."), ("proj_attn.", "to_out.0.")])
        {
            if (tail.StartsWith(old, StringComparison.Ordinal))
            {
                return head + current + tail[old.Length..];
            }
        }

        return name;
    }

    private static T Fill<T>(T model, string folder, string stem, string? variant, Func<string, string>? rename, IReadOnlyList<string>? tolerated)
        where T : TorchSharp.torch.nn.Module
    {
        try
        {
            using var source = WeightFiles.Open(folder, stem, variant);
            WeightLoader.Load(model, source, rename, tolerated);
            foreach (var parameter in model.parameters())
            {
                parameter.requires_grad = false;
            }

            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
