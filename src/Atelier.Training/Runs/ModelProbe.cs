using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Rewards;
using Atelier.Tracking;
using Atelier.Training.Ddpo;
using static TorchSharp.torch;

namespace Atelier.Training.Runs;

/// <summary>Looks at what a model draws outside of training: pictures from fixed seeds, sampled as in the run, and their rewards.</summary>
/// <param name="pipeline">The model, prepared for sampling; borrowed.</param>
/// <param name="reward">Scores the pictures; borrowed.</param>
/// <param name="config">The run's settings of sampling.</param>
internal sealed class ModelProbe(StableDiffusionPipeline pipeline, IReward reward, DdpoConfig config)
{
    /// <summary>Gets the number of denoising steps that a number of pictures takes.</summary>
    public long StepCount(int imageCount) => (long)((imageCount + BatchSize - 1) / BatchSize) * config.Sample.NumSteps;

    private int BatchSize => Math.Max(config.Sample.BatchSize, 1);

    /// <summary>Draws and scores pictures.</summary>
    public IReadOnlyList<ScoredImage> Draw(IReadOnlyList<ProbeItem> items, ProgressStage stage, CancellationToken cancellation)
    {
        List<ScoredImage> pictures = [];
        foreach (var chunk in items.Chunk(BatchSize))
        {
            using var scope = NewDisposeScope();
            var (images, rewards) = Sample(chunk, stage, cancellation);
            pictures.AddRange(ImageTensors.ToRgbImages(images).Select((image, i) => new ScoredImage(image, chunk[i].Prompt, chunk[i].Seed, rewards[i])));
        }

        return pictures;
    }

    /// <summary>Draws pictures and gives their rewards alone.</summary>
    public IReadOnlyList<float> Score(IReadOnlyList<ProbeItem> items, ProgressStage stage, CancellationToken cancellation)
    {
        List<float> rewards = [];
        foreach (var chunk in items.Chunk(BatchSize))
        {
            using var scope = NewDisposeScope();
            rewards.AddRange(Sample(chunk, stage, cancellation).Rewards);
        }

        return rewards;
    }

    private (Tensor Images, float[] Rewards) Sample(ProbeItem[] items, ProgressStage stage, CancellationToken cancellation)
    {
        var request = new GenerationRequest
        {
            Prompts = [.. items.Select(item => item.Prompt)],
            NegativePrompts = [.. items.Select(item => item.NegativePrompt)],
            Seeds = [.. items.Select(item => item.Seed)],
            StepCount = config.Sample.NumSteps,
            GuidanceScale = config.Sample.GuidanceScale,
            Eta = config.Sample.Eta,
        };
        var images = pipeline.Generate(request, new StageObserver(stage), cancellation);
        var result = reward.ScoreAsync(new RewardBatch(images, request.Prompts), cancellation).AsTask().GetAwaiter().GetResult();
        return result.Rewards.Length == items.Length
            ? (images, result.Rewards)
            : throw new InvalidOperationException($"The reward '{reward.Name}' gave {result.Rewards.Length} values for {items.Length} images.");
    }
}
