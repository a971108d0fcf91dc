using Atelier.Training.Ddpo;
using TorchSharp.Modules;

namespace Atelier.Tests.Training;

/// <summary>Passes everything on to a pipeline, and tells of it on the way.</summary>
internal sealed class ObservedPipeline(IDdpoStableDiffusionPipeline inner) : IDdpoStableDiffusionPipeline
{
    /// <summary>Called with the batch's number before it is sampled.</summary>
    public Action<int>? Sampling { get; init; }

    /// <summary>Called after each denoising step of any batch.</summary>
    public Action? Stepped { get; init; }

    /// <summary>Called before each micro-batch.</summary>
    public Action<DdpoStepRequest>? Training { get; init; }

    /// <summary>Replaces what a micro-batch gave.</summary>
    public Func<DdpoSchedulerOutput, DdpoSchedulerOutput>? Replace { get; init; }

    public List<DdpoPipelineOutput> Sampled { get; } = [];

    public IReadOnlyList<(string Name, Parameter Value)> TrainableParameters => inner.TrainableParameters;

    public bool NeedsLossScale => inner.NeedsLossScale;

    public long LatentElementCount => inner.LatentElementCount;

    public IReadOnlyList<int> TrainableSteps(SampleConfig sample) => inner.TrainableSteps(sample);

    public void PrepareRollout() => inner.PrepareRollout();

    public DdpoPipelineOutput Sample(DdpoSampleRequest request, CancellationToken cancellation)
    {
        Sampling?.Invoke(Sampled.Count);
        var observed = request with
        {
            OnStep = step =>
            {
                request.OnStep?.Invoke(step);
                Stepped?.Invoke();
            },
        };
        var output = inner.Sample(observed, cancellation);
        Sampled.Add(output);
        return output;
    }

    public void PrepareUpdate() => inner.PrepareUpdate();

    public DdpoSchedulerOutput SchedulerStep(DdpoStepRequest request)
    {
        Training?.Invoke(request);
        var output = inner.SchedulerStep(request);
        return Replace is null ? output : Replace(output);
    }

    public void TakeGradients() => inner.TakeGradients();

    public void CollectGradients() => inner.CollectGradients();

    public void SavePretrained(string folder) => inner.SavePretrained(folder);

    public void Dispose()
    {
        // The inner pipeline belongs to whoever made it.
    }
}
