using Atelier.Artifacts.Hub;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Schedulers;
using Atelier.Diffusion.Tensors;
using Atelier.Training.Rollouts;
using Atelier.Training.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>Trains a Stable Diffusion pipeline's UNet, whole or through LoRA.</summary>
public sealed class DefaultDdpoStableDiffusionPipeline : IDdpoStableDiffusionPipeline
{
    private readonly LoraAdapters? _adapters;
    private readonly MasterWeights? _masters;
    private string? _variant; // of the files that were loaded
    private DdimScheduler? _scheduler;

    /// <summary>Wraps a pipeline.</summary>
    /// <param name="pipeline">The pipeline; owned from now on.</param>
    /// <param name="adapters">The adapters to train; null trains every parameter of the UNet, which must then be in single precision.</param>
    public DefaultDdpoStableDiffusionPipeline(StableDiffusionPipeline pipeline, LoraAdapters? adapters)
        : this(pipeline, adapters, null)
    {
    }

    private DefaultDdpoStableDiffusionPipeline(StableDiffusionPipeline pipeline, LoraAdapters? adapters, MasterWeights? masters)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        Pipeline = pipeline;
        _adapters = adapters;
        _masters = masters;
        if (adapters is not null)
        {
            TrainableParameters = adapters.Parameters;
            return;
        }

        TrainableParameters = [.. TrainedUnet.named_parameters()];
        foreach (var (_, parameter) in TrainableParameters)
        {
            parameter.requires_grad = true;
        }
    }

    /// <summary>Gets the pipeline.</summary>
    public StableDiffusionPipeline Pipeline { get; }

    /// <summary>Gets the adapters; null where the whole UNet is trained.</summary>
    public LoraAdapters? Adapters => _adapters;

    /// <summary>Gets where the model was found that training began with; null where the pipeline was made of parts.</summary>
    public ModelSource? Source { get; private init; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> TrainableParameters { get; }

    /// <inheritdoc/>
    public bool NeedsLossScale => Pipeline.Components.Unet.parameters().First().dtype == ScalarType.Float16;

    /// <inheritdoc/>
    public long LatentElementCount => Pipeline.LatentShape().Aggregate(1L, (product, side) => product * side);

    /// <summary>
    /// Loads a model for training. A LoRA is loaded with the model that it was made for, and trained on.
    /// What the cache has of a repository is loaded while the hub is asked whether the branch has moved, and let go again if it has.
    /// </summary>
    /// <param name="name">
    /// <c>tiny-sd</c>, a folder in diffusers' layout, a repository of the hub (<c>NAMESPACE/NAME</c>), which is downloaded into the cache that is shared with Python; or a folder or repository of a LoRA.
    /// </param>
    /// <param name="options">What to train, and where; null for a LoRA on the CPU.</param>
    /// <returns>The pipeline; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The name leads to no model, or to a LoRA where the whole UNet is to be trained.</exception>
    /// <exception cref="HubException">The repository is not there, or can't be fetched and is not cached.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    /// <exception cref="NotSupportedException">The model asks for what is not implemented.</exception>
    /// <exception cref="Diffusion.Weights.WeightMismatchException">Weights do not fit their config, or the LoRA its model.</exception>
    public static DefaultDdpoStableDiffusionPipeline FromPretrained(string name, DdpoPipelineOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new DdpoPipelineOptions();
        HubClient? own = null;
        var request = new ModelRequest { Model = name, Revision = options.Revision, Variant = options.Variant ?? "" };
        try
        {
            return CachedLoading.Load(request, () => options.Hub ?? (own ??= new HubClient(HubSettings.ReadProcess())), source => Load(source, options));
        }
        finally
        {
            own?.Dispose();
        }
    }

    /// <summary>Loads a model that has been found.</summary>
    internal static DefaultDdpoStableDiffusionPipeline Load(ModelSource source, DdpoPipelineOptions options)
    {
        if (source.Lora is not null && !options.UseLora)
        {
            throw new ArgumentException($"{source.Lora} is a LoRA of {source.Name}: it can't be trained as a whole. Merge it first, or leave {nameof(options.UseLora)} true.", nameof(options));
        }

        var pipeline = new StableDiffusionPipeline(StableDiffusionComponents.Load(source.Folder, options.Placement, options.Variant));
        try
        {
            pipeline.Components.Unet.RecomputesActivations = options.GradientCheckpointing;
            var adapters = !options.UseLora ? null : source.Lora is null ? Attach(pipeline, options) : Attach(pipeline, source.Lora);
            return new DefaultDdpoStableDiffusionPipeline(pipeline, adapters, LoadMasters(pipeline, options)) { Source = source, _variant = options.Variant };
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> TrainableSteps(SampleConfig sample)
    {
        var steps = SchedulerOf(sample).Coefficients;
        return [.. Enumerable.Range(0, steps.Count).Where(i => steps[i].Sigma > 0)];
    }

    /// <inheritdoc/>
    public void PrepareRollout()
    {
        _adapters?.PrepareInference();
        _masters?.Publish();
    }

    /// <inheritdoc/>
    public DdpoPipelineOutput Sample(DdpoSampleRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var recorder = new TrajectoryRecorder(request.OnStep);
        var guidance = new Guidance(request.Sample.GuidanceScale);
        var denoising = new DenoisingRequest
        {
            StartLatents = request.Noise.Draw(NoiseDraw.Start, Pipeline.LatentShape(), Pipeline.Device),
            Condition = Pipeline.Encode(request.Prompts, request.NegativePrompts, guidance),
            Guidance = guidance,
            Scheduler = SchedulerOf(request.Sample),
            Noise = request.Noise,
        };
        var final = DenoisingLoop.Run(Pipeline.Components.Unet, denoising, recorder, cancellation);
        return new DdpoPipelineOutput(
            Pipeline.Decode(final).DetachFromDisposeScope(), recorder.Latents().DetachFromDisposeScope(), recorder.LogProbabilities().DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void PrepareUpdate()
    {
        _adapters?.PrepareTraining();
        _masters?.Publish();
    }

    /// <inheritdoc/>
    public DdpoSchedulerOutput SchedulerStep(DdpoStepRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var scope = NewDisposeScope();
        var scheduler = SchedulerOf(request.Sample);
        var condition = Pipeline.Encode(request.Prompts, request.NegativePrompts, request.Guidance);
        var timesteps = scheduler.TimestepTable.index_select(0, request.Steps);
        var prediction = ClassifierFreeGuidance.Predict(Pipeline.Components.Unet, request.Latents, timesteps, condition, request.Guidance);
        var step = Ddim.Step(scheduler.Config, scheduler.At(request.Steps), request.Latents, prediction);
        return new DdpoSchedulerOutput(step.LogProbability(request.NextLatents).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void TakeGradients() => _masters?.TakeGradients();

    /// <inheritdoc/>
    public void CollectGradients() => _adapters?.CollectGradients();

    /// <inheritdoc/>
    public void SavePretrained(string folder)
    {
        if (_adapters is not null)
        {
            DdpoModelWriter.WriteLora(folder, _adapters, Source?.PublicName);
            return;
        }

        DdpoModelWriter.WriteWhole(folder, Pipeline.Components.Folder, _variant, TrainedUnet);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scheduler?.Dispose();
        _masters?.Dispose();
        Pipeline.Dispose();
    }

    // The UNet whose parameters are trained, or carry the adapters that are.
    private nn.Module TrainedUnet => _masters?.Network ?? Pipeline.Components.Unet;

    private static MasterWeights? LoadMasters(StableDiffusionPipeline pipeline, DdpoPipelineOptions options)
    {
        if (options.UseLora || options.Placement.ElementType is not (ScalarType.Float16 or ScalarType.BFloat16))
        {
            return null;
        }

        var single = options.Placement with { ElementType = ScalarType.Float32 };
        var network = ComponentLoader.LoadUnet(Path.Combine(pipeline.Components.Folder, "unet"), single, options.Variant);
        return new MasterWeights(pipeline.Components.Unet, network);
    }

    private static LoraAdapters Attach(StableDiffusionPipeline pipeline, DdpoPipelineOptions options)
    {
        using var generator = new Generator((ulong)options.Seed);
        return LoraAdapters.Create(pipeline.Components.Unet, options.Lora, generator);
    }

    private static LoraAdapters Attach(StableDiffusionPipeline pipeline, string lora)
    {
        using var weights = LoraFile.Read(lora);
        return weights.ApplyTo(pipeline.Components.Unet);
    }

    private DdimScheduler SchedulerOf(SampleConfig sample)
    {
        if (_scheduler is null || _scheduler.StepCount != sample.NumSteps || _scheduler.Eta != sample.Eta)
        {
            _scheduler?.Dispose();
            _scheduler = new DdimScheduler(Pipeline.Components.Schedule, sample.NumSteps, sample.Eta, Pipeline.Device);
        }

        return _scheduler;
    }
}
