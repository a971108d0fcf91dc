using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Tracking;
using Atelier.Training.Ddpo;
using Atelier.Training.Rollouts;
using static TorchSharp.torch;

namespace Atelier.Training.Updates;

/// <summary>Takes one clipped policy-gradient step over given samples and steps.</summary>
/// <remarks>
/// The loss is the mean over all of the update's steps, so it may be cut into micro-batches of any size without changing the gradient.
/// </remarks>
internal sealed class PolicyUpdate(DdpoConfig config, IDdpoStableDiffusionPipeline pipeline, FusedAdamW optimizer)
{
    private readonly Guidance _guidance = new(config.IsTrainingGuided ? config.Sample.GuidanceScale : 1);

    /// <summary>Runs the update.</summary>
    /// <param name="rollout">The epoch's trajectories.</param>
    /// <param name="advantages">A of each sample, clipped, [S], on the trajectories' device.</param>
    /// <param name="selected">What to train on.</param>
    /// <param name="stage">Advances by one for each micro-batch.</param>
    /// <exception cref="InvalidOperationException">The loss is not finite; the message says at which steps.</exception>
    public UpdateReport Run(Rollout rollout, Tensor advantages, IReadOnlyList<SampleStep> selected, ProgressStage stage)
    {
        using var scope = NewDisposeScope();
        pipeline.PrepareUpdate();
        optimizer.ZeroGradients();
        var (losses, deviations) = (new List<Tensor>(), new List<Tensor>());
        foreach (var chunk in selected.Chunk(config.Train.BatchSize))
        {
            using var inner = NewDisposeScope();
            var policy = Evaluate(rollout, advantages, chunk);
            policy.Loss.Times((double)chunk.Length / selected.Count).backward();
            losses.Add(stack([policy.Loss.detach(), policy.ApproximateKl, policy.ClipFraction]).MoveToOuterDisposeScope());
            deviations.Add(policy.RatioDeviation.MoveToOuterDisposeScope());
            stage.Advance();
        }

        pipeline.CollectGradients();
        var norm = optimizer.ClipGradients(config.Train.MaxGradNorm).item<float>();
        var means = stack(losses).mean([0]).cpu().data<float>().ToArray();
        RequireFinite(means[0], norm, losses, selected);
        optimizer.Step();
        return new UpdateReport(means[0], means[1], means[2], norm, DeviationByStep(cat(deviations), selected));
    }

    private PolicyLoss Evaluate(Rollout rollout, Tensor advantages, IReadOnlyList<SampleStep> chunk)
    {
        using var scope = NewDisposeScope();
        var device = rollout.Latents.device;
        var count = config.Sample.NumSteps;
        Tensor Rows(Func<SampleStep, long> number) => tensor(chunk.Select(number).ToArray(), device: device);
        var (samples, steps) = (Rows(item => item.Sample), Rows(item => item.Step));
        var latents = rollout.Latents.flatten(0, 1); // [S·(n + 1), C, h, w]
        var request = new DdpoStepRequest
        {
            Latents = latents.index_select(0, Rows(item => (item.Sample * (count + 1L)) + item.Step)),
            NextLatents = latents.index_select(0, Rows(item => (item.Sample * (count + 1L)) + item.Step + 1)),
            Steps = steps,
            Prompts = [.. chunk.Select(item => rollout.Prompts[item.Sample])],
            NegativePrompts = [.. chunk.Select(item => rollout.NegativePrompts[item.Sample])],
            Sample = config.Sample,
            Guidance = _guidance,
        };
        var old = rollout.LogProbabilities.flatten().index_select(0, Rows(item => ((long)item.Sample * count) + item.Step));
        var policy = ClippedSurrogate.Compute(pipeline.SchedulerStep(request).LogProbabilities, old, advantages.index_select(0, samples), config.Train.ClipRange);
        scope.MoveToOuter(policy.Loss, policy.ApproximateKl, policy.ClipFraction, policy.RatioDeviation);
        return policy;
    }

    private void RequireFinite(double loss, double norm, List<Tensor> losses, IReadOnlyList<SampleStep> selected)
    {
        if (double.IsFinite(loss) && double.IsFinite(norm))
        {
            return;
        }

        var batch = losses.FindIndex(item => !float.IsFinite(item[0].item<float>()));
        var where = batch < 0
            ? "in the backward pass"
            : $"at denoising steps {string.Join(", ", selected.Skip(batch * config.Train.BatchSize).Take(config.Train.BatchSize).Select(item => item.Step).Distinct().Order())}";
        throw new InvalidOperationException(
            $"The loss of update {optimizer.StepCount + 1} is not finite, {where} (loss {loss}, gradient norm {norm}). Lower train_learning_rate, or train with mixed_precision no.");
    }

    private double[] DeviationByStep(Tensor deviations, IReadOnlyList<SampleStep> selected)
    {
        var values = deviations.cpu().data<float>().ToArray();
        var byStep = Enumerable.Repeat(double.NaN, config.Sample.NumSteps).ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            var step = selected[i].Step;
            byStep[step] = double.IsNaN(byStep[step]) ? values[i] : Math.Max(byStep[step], values[i]);
        }

        return byStep;
    }
}
