using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Tensors;
using static TorchSharp.torch;

namespace Atelier.Diffusion.Pipelines;

/// <summary>Text to image.</summary>
/// <param name="components">The parts; the pipeline owns them from now on.</param>
public sealed class StableDiffusionPipeline(StableDiffusionComponents components) : IDisposable
{
    private const long DecodedPixelsAtOnce = 64L * 64 * 64; // 64 images of 64×64, one of 512×512

    /// <summary>Gets the parts.</summary>
    public StableDiffusionComponents Components { get; } = components;

    /// <summary>Gets the cache of prompt embeddings.</summary>
    public PromptEncoder Prompts { get; } = new(components.Tokenizer, components.TextEncoder);

    /// <summary>Gets the device of the networks.</summary>
    public Device Device => Components.Unet.parameters().First().device;

    /// <summary>Gets the number that height and width of images must be multiples of.</summary>
    public int SizeFactor => Components.Vae.Config.DownscaleFactor;

    /// <summary>Attaches a LoRA and folds it in, for pictures; training attaches its own.</summary>
    /// <param name="weights">The LoRA; borrowed.</param>
    /// <exception cref="Weights.WeightMismatchException">It was made for another model; nothing is attached.</exception>
    public void Apply(LoraWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        weights.ApplyTo(Components.Unet).PrepareInference();
    }

    /// <summary>Gives the shape of one image's latents.</summary>
    /// <param name="height">The image's height in pixels; null for the model's own.</param>
    /// <param name="width">The image's width in pixels; null for the model's own.</param>
    /// <returns>[C, h, w].</returns>
    /// <exception cref="ArgumentException">A side is no multiple of <see cref="SizeFactor"/>.</exception>
    public long[] LatentShape(int? height = null, int? width = null)
    {
        const int UsualSide = 64; // of Stable Diffusion 1.x, where the config does not say
        var factor = SizeFactor;
        var standard = (Components.Unet.Config.SampleSize ?? UsualSide) * factor;
        var (rows, columns) = (height ?? standard, width ?? standard);
        return rows > 0 && columns > 0 && rows % factor == 0 && columns % factor == 0
            ? [Components.Unet.Config.InChannels, rows / factor, columns / factor]
            : throw new ArgumentException($"Images of {columns}×{rows} pixels can't be made: both sides must be multiples of {factor}.", rows % factor == 0 ? nameof(width) : nameof(height));
    }

    /// <summary>Generates images.</summary>
    /// <param name="request">What to draw, and how.</param>
    /// <param name="observer">Is told of every denoising step; may be null.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>[B, 3, H, W] in [0, 1], single precision, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">Counts or sizes do not fit; the message says which.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Tensor Generate(GenerationRequest request, IDenoisingObserver? observer = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return Decode(GenerateLatents(request, observer, cancellation)).MoveToOuterDisposeScope();
    }

    /// <summary>Generates latents, for those who decode later.</summary>
    /// <param name="request">What to draw, and how.</param>
    /// <param name="observer">Is told of every denoising step; may be null.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>x₀, [B, C, h, w], single precision, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">Counts or sizes do not fit; the message says which.</exception>
    public Tensor GenerateLatents(GenerationRequest request, IDenoisingObserver? observer = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var noise = request.Seeds.Count > 0 ? new NoiseBatch(new RandomSource(0), request.Seeds) : null;
        long[] shape = [request.Prompts.Count, .. LatentShape(request.Height, request.Width)];
        using var scheduler = new DdimScheduler(Components.Schedule, request.StepCount, request.Eta, Device);
        var guidance = new Guidance(request.GuidanceScale, request.GuidanceRescale);
        var start = request.StartLatents?.alias() ?? RequireNoise(noise, request).Draw(NoiseDraw.Start, shape.AsSpan(1), Device);
        Shapes.Require(start, shape, nameof(request.StartLatents));
        var denoising = new DenoisingRequest
        {
            StartLatents = start,
            Condition = Encode(request.Prompts, request.NegativePrompts, guidance),
            Guidance = guidance,
            Scheduler = scheduler,
            Noise = noise,
        };
        return DenoisingLoop.Run(Components.Unet, denoising, observer, cancellation).MoveToOuterDisposeScope();
    }

    /// <summary>Encodes prompts.</summary>
    /// <param name="prompts">One for each image.</param>
    /// <param name="negativePrompts">None (which stands for an empty one), one for all, or one for each prompt.</param>
    /// <param name="guidance">Whether the negative prompts matter.</param>
    /// <returns>The embeddings, in the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The counts do not fit.</exception>
    public Condition Encode(IReadOnlyList<string> prompts, IReadOnlyList<string> negativePrompts, Guidance guidance)
    {
        ArgumentNullException.ThrowIfNull(guidance);
        var text = Prompts.Encode(prompts);
        return new Condition(text, guidance.IsActive ? Prompts.Encode(SpreadNegative(prompts.Count, negativePrompts)) : null);
    }

    /// <summary>Decodes latents in slices that bound the memory.</summary>
    /// <param name="latents">x₀, scaled, [B, C, h, w].</param>
    /// <returns>[B, 3, H, W] in [0, 1], single precision, in the caller's dispose scope.</returns>
    public Tensor Decode(Tensor latents)
    {
        Shapes.Require(latents, [Shapes.Any, Shapes.Any, Shapes.Any, Shapes.Any]);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var vae = Components.Vae;
        var factor = (long)vae.Config.DownscaleFactor;
        var atOnce = (int)Math.Max(1, DecodedPixelsAtOnce / (latents.shape[2] * latents.shape[3] * factor * factor));
        var type = vae.parameters().First().dtype;
        var slices = latents.split(atOnce).Select(slice =>
        {
            using var inner = NewDisposeScope();
            var image = vae.Decode(slice.Over(vae.Config.ScalingFactor).to(type)).to(ScalarType.Float32);
            return image.Over(2).Plus(0.5).Clamped(0, 1).MoveToOuterDisposeScope();
        });
        return cat([.. slices]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Prompts.Dispose();
        Components.Dispose();
    }

    /// <summary>Gives each image its negative prompt.</summary>
    /// <param name="count">The number of images.</param>
    /// <param name="negativePrompts">None, one, or one for each image.</param>
    /// <returns>One for each image.</returns>
    /// <exception cref="ArgumentException">The counts do not fit.</exception>
    public static IReadOnlyList<string> SpreadNegative(int count, IReadOnlyList<string> negativePrompts)
    {
        ArgumentNullException.ThrowIfNull(negativePrompts);
        if (negativePrompts.Count == count)
        {
            return negativePrompts;
        }

        return negativePrompts.Count <= 1
            ? [.. Enumerable.Repeat(negativePrompts.Count == 0 ? string.Empty : negativePrompts[0], count)]
            : throw new ArgumentException($"There are {negativePrompts.Count} negative prompts for {count} images: give none, one, or one for each.", nameof(negativePrompts));
    }

    private static NoiseBatch RequireNoise(NoiseBatch? noise, GenerationRequest request) => noise is not null && noise.Seeds.Count == request.Prompts.Count
        ? noise
        : throw new ArgumentException($"There are {request.Seeds.Count} seeds for {request.Prompts.Count} prompts: give one for each.", nameof(request));
}
