using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>The arguments of <see cref="StableDiffusionPipeline.Generate"/>.</summary>
public sealed record GenerationRequest
{
    /// <summary>Gets the prompts, one for each image.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Gets the negative prompts: none, one for all, or one for each prompt.</summary>
    public IReadOnlyList<string> NegativePrompts { get; init; } = [];

    /// <summary>Gets the seed of each image; an image depends on its own seed only.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [];

    /// <summary>Gets the number of steps.</summary>
    public int StepCount { get; init; } = 50;

    /// <summary>Gets the guidance scale; 1 or less samples without guidance.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>Gets how far guided noise is brought back to the spread of the prompted one, in [0, 1].</summary>
    public double GuidanceRescale { get; init; }

    /// <summary>Gets η in [0, 1]: 0 is deterministic.</summary>
    public double Eta { get; init; }

    /// <summary>Gets the images' height, a multiple of the VAE's factor; null takes the model's own.</summary>
    public int? Height { get; init; }

    /// <summary>Gets the images' width, a multiple of the VAE's factor; null takes the model's own.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the latents to start from, [B, C, h, w]; null draws them from the seeds. Borrowed.</summary>
    public Tensor? StartLatents { get; init; }
}
