using Atelier.Diffusion.Tensors;
using Atelier.Rewards;
using Atelier.Tracking;
using Atelier.Training.Ddpo;
using static TorchSharp.torch;

namespace Atelier.Training.Rollouts;

/// <summary>Samples an epoch's images and has them scored.</summary>
internal sealed class RolloutCollector(DdpoConfig config, IDdpoStableDiffusionPipeline pipeline, PromptFunction prompts, IReward reward, IRandomSource random)
{
    /// <summary>Samples and scores one epoch. Asynchronous rewards are computed while the next batch is sampled; the numbers are the same.</summary>
    /// <exception cref="InvalidOperationException">
    /// The reward failed, gave a wrong number of values, or one that is not finite; or a prompt does not say which of several negative prompts is its own.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Rollout Collect(int epoch, IProgressReporter progress, CancellationToken cancellation)
    {
        using var workers = new SemaphoreSlim(Math.Max(1, config.MaxWorkers));
        var sampled = new List<Sampled>();
        try
        {
            pipeline.PrepareRollout();
            using (var stage = progress.Begin("sampling", (long)config.Sample.NumBatchesPerEpoch * config.Sample.NumSteps, "step"))
            {
                for (var index = 0; index < config.Sample.NumBatchesPerEpoch; index++)
                {
                    var batch = SampleBatch(epoch, index, stage, cancellation);
                    sampled.Add(batch);
                    batch.Scoring = Score(batch, workers, cancellation);
                    if (!config.AsyncRewardComputation)
                    {
                        batch.Scoring.GetAwaiter().GetResult();
                    }
                }
            }

            return Assemble(sampled);
        }
        catch
        {
            foreach (var batch in sampled)
            {
                batch.WaitForScoring();
                batch.Output.Dispose();
            }

            throw;
        }
    }

    private Sampled SampleBatch(int epoch, int index, ProgressStage stage, CancellationToken cancellation)
    {
        var size = config.Sample.BatchSize;
        var first = index * size;
        var drawn = Enumerable.Range(first, size)
            .Select(i => prompts(new PromptRequest(config.Seed, epoch, i, ((long)epoch * config.SamplesPerEpoch) + i))).ToList();
        var seeds = Enumerable.Range(first, size).Select(i => random.ImageSeed(epoch, i)).ToList();
        var request = new DdpoSampleRequest
        {
            Prompts = [.. drawn.Select(sample => sample.Prompt)],
            NegativePrompts = [.. drawn.Select(NegativePromptOf)],
            Noise = new NoiseBatch(random, seeds),
            Sample = config.Sample,
            OnStep = _ => stage.Advance(),
        };
        return new Sampled(request, [.. drawn.Select(sample => sample.Metadata)], pipeline.Sample(request, cancellation));
    }

    private string NegativePromptOf(PromptSample sample) => sample.NegativePrompt ?? (config.NegativePrompts.Count == 1
        ? config.NegativePrompts[0]
        : throw new InvalidOperationException($"negative_prompts has {config.NegativePrompts.Count} texts, but \"{sample.Prompt}\" does not say which one is its own: give one text, or let the prompt function set it."));

    private async Task<RewardResult> Score(Sampled sampled, SemaphoreSlim workers, CancellationToken cancellation)
    {
        var batch = new RewardBatch(sampled.Output.Images, sampled.Request.Prompts, sampled.PromptMetadata);
        try
        {
            return config.AsyncRewardComputation
                ? await Task.Run(() => ScoreBeside(batch, workers, cancellation), cancellation).ConfigureAwait(false)
                : await reward.ScoreAsync(batch, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            // A reward's own timeout arrives as a cancellation too: nobody asked for that one.
            throw new InvalidOperationException($"The reward '{reward.Name}' failed: {exception.Message}", exception);
        }
    }

    private async Task<RewardResult> ScoreBeside(RewardBatch batch, SemaphoreSlim workers, CancellationToken cancellation)
    {
        await workers.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await reward.ScoreAsync(batch, cancellation).ConfigureAwait(false);
        }
        finally
        {
            workers.Release();
        }
    }

    private Rollout Assemble(List<Sampled> sampled)
    {
        var batches = sampled.ConvertAll(Check);
        using var scope = NewDisposeScope();
        var rollout = new Rollout
        {
            Latents = cat([.. sampled.Select(batch => batch.Output.Latents)]).DetachFromDisposeScope(),
            LogProbabilities = cat([.. sampled.Select(batch => batch.Output.LogProbabilities)]).DetachFromDisposeScope(),
            NegativePrompts = [.. sampled.SelectMany(batch => batch.Request.NegativePrompts)],
            Batches = batches,
        };
        foreach (var batch in sampled)
        {
            batch.Output.Latents.Dispose();
            batch.Output.LogProbabilities.Dispose();
        }

        return rollout;
    }

    private SampleBatch Check(Sampled sampled)
    {
        var result = sampled.Scoring!.GetAwaiter().GetResult();
        var texts = sampled.Request.Prompts;
        if (result.Rewards.Length != texts.Count)
        {
            throw new InvalidOperationException($"The reward '{reward.Name}' gave {result.Rewards.Length} values for {texts.Count} images.");
        }

        var bad = Array.FindIndex(result.Rewards, value => !float.IsFinite(value));
        return bad < 0
            ? new SampleBatch(sampled.Output.Images, texts, sampled.PromptMetadata, result.Rewards, result.Metadata, sampled.Request.Noise.Seeds)
            : throw new InvalidOperationException($"The reward '{reward.Name}' gave {result.Rewards[bad]} for an image of \"{texts[bad]}\" (seed {sampled.Request.Noise.Seeds[bad]}).");
    }

    private sealed record Sampled(DdpoSampleRequest Request, IReadOnlyList<object?> PromptMetadata, DdpoPipelineOutput Output)
    {
        public Task<RewardResult>? Scoring { get; set; }

        // The reward borrows the images, so they can't be freed before it has ended, however it ended.
        public void WaitForScoring()
        {
            if (Scoring is not null)
            {
                ((IAsyncResult)Scoring).AsyncWaitHandle.WaitOne();
            }
        }
    }
}
