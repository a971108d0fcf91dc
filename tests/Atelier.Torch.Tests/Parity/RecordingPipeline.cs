using Atelier.Training.Ddpo;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Atelier.Tests.Parity;

/// <summary>Passes everything on to a pipeline and keeps what it gave: batches, and the gradients of the first update.</summary>
internal sealed class RecordingPipeline(IDdpoStableDiffusionPipeline inner) : IDdpoStableDiffusionPipeline
{
    public List<DdpoPipelineOutput> Batches { get; } = [];

    public Dictionary<string, Tensor> FirstGradients { get; } = [];

    public IReadOnlyList<(string Name, Parameter Value)> TrainableParameters => inner.TrainableParameters;

    public bool NeedsLossScale => inner.NeedsLossScale;

    public long LatentElementCount => inner.LatentElementCount;

    public IReadOnlyList<int> TrainableSteps(SampleConfig sample) => inner.TrainableSteps(sample);

    public void PrepareRollout() => inner.PrepareRollout();

    public DdpoPipelineOutput Sample(DdpoSampleRequest request, CancellationToken cancellation)
    {
        var output = inner.Sample(request, cancellation);
        Batches.Add(new DdpoPipelineOutput(Keep(output.Images), Keep(output.Latents), Keep(output.LogProbabilities)));
        return output;
    }

    public void PrepareUpdate() => inner.PrepareUpdate();

    public DdpoSchedulerOutput SchedulerStep(DdpoStepRequest request) => inner.SchedulerStep(request);

    public void TakeGradients() => inner.TakeGradients();

    public void CollectGradients()
    {
        inner.CollectGradients();
        if (FirstGradients.Count == 0)
        {
            foreach (var (name, value) in TrainableParameters)
            {
                FirstGradients[name] = Keep(value.grad!);
            }
        }
    }

    public void SavePretrained(string folder) => inner.SavePretrained(folder);

    public void Dispose()
    {
        foreach (var batch in Batches)
        {
            batch.Dispose();
        }

        foreach (var gradient in FirstGradients.Values)
        {
            gradient.Dispose();
        }
    }

    private static Tensor Keep(Tensor tensor) => tensor.detach().clone().DetachFromDisposeScope();
}
