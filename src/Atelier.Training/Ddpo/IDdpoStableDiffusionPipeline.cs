using TorchSharp.Modules;

namespace Atelier.Training.Ddpo;

/// <summary>
/// What <see cref="DdpoTrainer"/> needs of a pipeline: it fuses the networks and the scheduler, so that others than the default one can be trained.
/// Implement it to train another kind of pipeline or sampler.
/// </summary>
/// <remarks>The trainer calls it from one thread. Sampling and the log-probabilities of an update must describe the same policy, or the importance ratio does not start at 1.</remarks>
public interface IDdpoStableDiffusionPipeline : IDisposable
{
    /// <summary>Gets the trained parameters by name, in a fixed order; single precision.</summary>
    IReadOnlyList<(string Name, Parameter Value)> TrainableParameters { get; }

    /// <summary>Gets whether gradients pass through 16-bit floats with five exponent bits (fp16), where small ones vanish: then the trainer scales the loss.</summary>
    bool NeedsLossScale => false;

    /// <summary>Gets the number of elements of one image's latents, over which the log-probability is a mean.</summary>
    long LatentElementCount { get; }

    /// <summary>Says which steps have a variance; the others are taken but never trained on.</summary>
    /// <param name="sample">The settings of sampling.</param>
    /// <returns>The numbers of the steps that can be trained on, rising.</returns>
    IReadOnlyList<int> TrainableSteps(SampleConfig sample);

    /// <summary>Prepares for sampling with the parameters as they are.</summary>
    void PrepareRollout();

    /// <summary>Draws a batch, without gradients.</summary>
    /// <param name="request">What to draw.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>Images and trajectories; the caller disposes it.</returns>
    DdpoPipelineOutput Sample(DdpoSampleRequest request, CancellationToken cancellation);

    /// <summary>Prepares for backward passes with the parameters as they are; called before each update.</summary>
    void PrepareUpdate();

    /// <summary>Computes how likely the policy makes given steps.</summary>
    /// <param name="request">The steps.</param>
    /// <returns>Log-probabilities, in the caller's dispose scope.</returns>
    DdpoSchedulerOutput SchedulerStep(DdpoStepRequest request);

    /// <summary>Takes over the gradients of one backward pass, where they can't be summed in the place that it left them; called after each.</summary>
    void TakeGradients()
    {
    }

    /// <summary>Completes the gradients of the trained parameters after the backward passes of an update.</summary>
    void CollectGradients();

    /// <summary>Writes the trained model so that others can load it.</summary>
    /// <param name="folder">An existing, empty folder.</param>
    void SavePretrained(string folder);
}
