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
    /// <summary>Gets the factor on the loss; 1 where no 16-bit floats are on the way.</summary>
    public LossScale LossScale { get; } = new(pipeline.NeedsLossScale);

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
        var (losses, deviations) = ComputeGradients(rollout, advantages, selected, stage);
        var means = stack(losses).sum([0]).cpu().data<float>().ToArray();
        var norm = optimizer.ClipGradients(config.Train.MaxGradNorm, LossScale.Value).item<float>();
        while (double.IsFinite(means[0]) && !double.IsFinite(norm) && LossScale.CanShrink)
        {
            LossScale.Shrink();
            ComputeGradients(rollout, advantages, selected, null);
            norm = optimizer.ClipGradients(config.Train.MaxGradNorm, LossScale.Value).item<float>();
        }

        RequireFinite(means[0], norm, losses, selected);
        optimizer.Step();
        LossScale.Succeed();
        return new UpdateReport(means[0], means[1], means[2], norm, DeviationByStep(cat(deviations), selected));
    }

    // Shares of [loss, approximate KL, clip fraction], which add up to the update's means, and ratio deviations [B] of each micro-batch, in the caller's scope.
    private (List<Tensor> Losses, List<Tensor> Deviations) ComputeGradients(Rollout rollout, Tensor advantages, IReadOnlyList<SampleStep> selected, ProgressStage? stage)
    {
        optimizer.ZeroGradients();
        var (losses, deviations) = (new List<Tensor>(), new List<Tensor>());
        foreach (var chunk in selected.Chunk(config.StepsAtOnce))
        {
            using var inner = NewDisposeScope();
            var policy = Evaluate(rollout, advantages, chunk);
            var share = (double)chunk.Length / selected.Count;
            policy.Loss.Times(LossScale.Value * share).backward();
            pipeline.TakeGradients();
            losses.Add(stack([policy.Loss.detach(), policy.ApproximateKl, policy.ClipFraction]).Times(share).MoveToOuterDisposeScope());
            deviations.Add(policy.RatioDeviation.MoveToOuterDisposeScope());
            stage?.Advance();
        }

        pipeline.CollectGradients();
        return (losses, deviations);
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
            : $"at denoising steps {string.Join(", ", selected.Skip(batch * config.StepsAtOnce).Take(config.StepsAtOnce).Select(item => item.Step).Distinct().Order())}";
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
