using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Native;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tracking;
using static TorchSharp.torch;

namespace Atelier.Training.Runs;

/// <summary>Makes pictures with a model and perhaps a LoRA.</summary>
public sealed class PictureMaker : IDisposable
{
    private const long ElementsAtOnce = 4 * 16_384; // latents of four pictures of 512 by 512 pixels
    private const int MostAtOnce = 32;

    private readonly StableDiffusionPipeline _pipeline;

    private PictureMaker(StableDiffusionPipeline pipeline) => _pipeline = pipeline;

    /// <summary>Loads the networks.</summary>
    /// <param name="model">Where the model and its LoRA are.</param>
    /// <param name="device">The device's name.</param>
    /// <param name="variant">The weight files' variant; empty for the plain ones.</param>
    /// <param name="threads">The number of threads on the CPU; 0 for libtorch's choice.</param>
    /// <returns>The maker; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The device is not available.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="NotSupportedException">The files ask for what is not implemented.</exception>
    public static PictureMaker Load(ModelSource model, string device, string variant, int threads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(variant);

        var placement = Placement.Parse(device);
        TorchRuntime.UseThreads(threads);
        if (placement.Device.type == TorchSharp.DeviceType.CPU)
        {
            TorchRuntime.KeepFreedMemory();
        }
        else
        {
            placement = placement with { ElementType = ScalarType.Float16 };
        }

        StableDiffusionPipeline pipeline = new(StableDiffusionComponents.Load(model.Folder, placement, variant.Length > 0 ? variant : null));
        try
        {
            if (model.Lora is not null)
            {
                using var weights = LoraFile.Read(model.Lora);
                pipeline.Apply(weights);
            }

            return new PictureMaker(pipeline);
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }

    /// <summary>Checks that pictures of the wanted size can be made.</summary>
    /// <param name="request">The pictures.</param>
    /// <returns>True.</returns>
    /// <exception cref="ArgumentException">A side is no multiple of the autoencoder's factor.</exception>
    public bool RequireSize(PictureRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);

        var factor = _pipeline.SizeFactor;
        return (request.Width ?? 0) % factor == 0 && (request.Height ?? 0) % factor == 0
            ? true
            : throw new ArgumentException($"width and height must be multiples of {factor} with this model, not {request.Width} and {request.Height}", nameof(request));
    }

    /// <summary>Makes pictures, a few at a time.</summary>
    /// <param name="request">The pictures.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>The pictures in order, each as soon as it is there.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<Picture> Make(PictureRequest request, IProgressReporter progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(progress);

        return Iterate();

        IEnumerable<Picture> Iterate()
        {
            var batches = request.Items.Chunk(BatchSize(request)).ToList();
            using var stage = progress.Begin("drawing", (long)batches.Count * request.StepCount, "step");
            foreach (var batch in batches)
            {
                var images = Draw(request, batch, stage, cancellation);
                for (var i = 0; i < batch.Length; i++)
                {
                    yield return new Picture(images[i], batch[i].Prompt, batch[i].Seed);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pipeline.Dispose();

    private int BatchSize(PictureRequest request)
    {
        var elements = _pipeline.LatentShape(request.Height, request.Width).Aggregate(1L, (product, side) => product * side);
        return (int)Math.Clamp(ElementsAtOnce / Math.Max(1, elements), 1, MostAtOnce);
    }

    private Imaging.RgbImage[] Draw(PictureRequest request, (string Prompt, long Seed)[] batch, ProgressStage stage, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var generation = new GenerationRequest
        {
            Prompts = [.. batch.Select(item => item.Prompt)],
            NegativePrompts = [request.NegativePrompt],
            Seeds = [.. batch.Select(item => item.Seed)],
            StepCount = request.StepCount,
            GuidanceScale = request.GuidanceScale,
            Eta = request.Eta,
            Width = request.Width,
            Height = request.Height,
        };
        return ImageTensors.ToRgbImages(_pipeline.Generate(generation, new StageObserver(stage), cancellation));
    }
}
