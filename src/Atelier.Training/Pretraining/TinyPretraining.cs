using Atelier.Diffusion.Models.Clip;
using Atelier.Diffusion.Models.Unet;
using Atelier.Diffusion.Models.Vae;
using Atelier.Diffusion.Tensors;
using Atelier.Rewards.Scenes;
using Atelier.Tokenization;

namespace Atelier.Training.Pretraining;

/// <summary>Makes the embedded model from nothing: draws pictures, trains the VAE, then the UNet with the text encoder, and writes a diffusers folder.</summary>
public sealed class TinyPretraining
{
    private readonly string _workFolder;
    private readonly long _seed;
    private readonly PretrainingOutput _output;

    /// <summary>Creates the pretraining.</summary>
    /// <param name="workFolder">Where checkpoints go; a run that finds them there goes on.</param>
    /// <param name="seed">The seed of all random numbers.</param>
    /// <param name="output">Where it reports to.</param>
    public TinyPretraining(string workFolder, long seed, PretrainingOutput output)
    {
        _workFolder = workFolder;
        _seed = seed;
        _output = output;
        Directory.CreateDirectory(workFolder);
    }

    private string TokenizerFolder => Path.Combine(_workFolder, "tokenizer");

    /// <summary>Trains the VAE.</summary>
    /// <param name="options">The settings.</param>
    public void TrainVae(VaePretrainingOptions options)
    {
        using var vae = new AutoencoderKL(TinyArchitecture.Vae, Placement.Cpu);
        new VaePretraining(options, _seed, Path.Combine(_workFolder, "vae.safetensors")).Run(vae, _output);
    }

    /// <summary>Trains the UNet and the text encoder; the VAE must have been trained.</summary>
    /// <param name="vaeOptions">The VAE's settings.</param>
    /// <param name="options">The settings.</param>
    public void TrainUnet(VaePretrainingOptions vaeOptions, UnetPretrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ClipVocabulary.FromWords(SceneGrammar.Words).Write(TokenizerFolder, TinyArchitecture.MaxTokens);
        var tokenizer = ClipTokenizer.FromFolder(TokenizerFolder);
        using var vae = new AutoencoderKL(TinyArchitecture.Vae, Placement.Cpu);
        new VaePretraining(vaeOptions, _seed, Path.Combine(_workFolder, "vae.safetensors")).Run(vae, _output);
        using var latents = LatentSet.Encode(vae, options.PictureCount, _seed, _output.Progress, _output.Cancellation);
        using var unet = new UNet2DConditionModel(TinyArchitecture.Unet, Placement.Cpu);
        using var encoder = new ClipTextModel(TinyArchitecture.Text(tokenizer.VocabularySize, tokenizer.EndTokenId), Placement.Cpu);
        new UnetPretraining(options, _seed).Run(new TinyNetworks(unet, encoder, tokenizer), latents, Path.Combine(_workFolder, "unet.safetensors"), _output);
    }
}
