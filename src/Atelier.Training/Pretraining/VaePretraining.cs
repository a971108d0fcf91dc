using Atelier.Diffusion.Models.Vae;
using Atelier.Rewards.Scenes;
using Atelier.Tracking;
using Atelier.Training.Updates;
using static TorchSharp.torch;

namespace Atelier.Training.Pretraining;

/// <summary>Trains the embedded model's VAE on pictures that are drawn anew for every step.</summary>
/// <remarks>Loss: L1 + edge·(L1 of horizontal and vertical differences) + divergence·KL, the last a mean over latent elements.</remarks>
internal sealed class VaePretraining(VaePretrainingOptions options, long seed, string checkpointPath)
{
    private const int RecordInterval = 100;
    private const int SaveInterval = 500;
    private const long RandomStream = 1;

    /// <summary>Trains to the end, from the checkpoint where there is one.</summary>
    public void Run(AutoencoderKL vae, TrainingTime time, PretrainingOutput output)
    {
        using (NewDisposeScope())
        {
            using var generator = new Generator((ulong)seed);
            WeightInitialization.Initialize(vae, generator);
            WeightInitialization.NarrowPosterior(vae);
        }

        using var optimizer = new FusedAdamW([.. vae.named_parameters()], new AdamWOptions { Beta2 = 0.99, WeightDecay = 1e-4 });
        var checkpoint = new PretrainingCheckpoint(checkpointPath, optimizer, []);
        var first = checkpoint.Restore();
        var rates = new LearningRateSchedule(options.LearningRate, 100, options.StepCount);
        using var stage = output.Progress.Begin("VAE", options.StepCount, "step", first);
        double[] sums = checkpoint.Sums is [_, _, _] ? [.. checkpoint.Sums] : new double[3];
        var (step, position) = (first, time.Position(first, first, options.StepCount));
        while (position < options.StepCount)
        {
            var losses = Step(vae, optimizer, step, rates.At(position));
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += losses[i] / RecordInterval;
            }

            step++;
            string? note = null;
            if (step % RecordInterval == 0)
            {
                output.Tracker.Log(new RunRecord(step, "vae") { ["l1"] = sums[0], ["edges"] = sums[1], ["divergence"] = sums[2], ["learning_rate"] = rates.At(position) });
                note = $"l1 {sums[0]:f4}";
                Array.Clear(sums);
            }

            var next = time.Position(first, step, options.StepCount);
            stage.Advance(next - position, note);
            position = next;
            if (step % SaveInterval == 0 || position >= options.StepCount || output.Cancellation.IsCancellationRequested)
            {
                checkpoint.Save(sums);
                output.Cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private float[] Step(AutoencoderKL vae, FusedAdamW optimizer, int step, double learningRate)
    {
        using var scope = NewDisposeScope();
        var random = new SceneRandom(seed, (RandomStream << 32) + step);
        using var generator = new Generator(random.NextBits());
        var images = SceneImages.Draw(SceneImages.Sample(options.BatchSize, random, SceneSubset.Training), random);
        var latent = vae.Encode(images);
        var decoded = vae.Decode(latent.Sample(randn(latent.Mean.shape, generator: generator)));
        var difference = decoded - images;
        var l1 = difference.abs().mean();
        var edges = difference.diff(dim: 3).abs().mean() + difference.diff(dim: 2).abs().mean();
        var divergence = 0.5 * (latent.Mean.square() + latent.LogVariance.exp() - 1 - latent.LogVariance).mean();
        optimizer.ZeroGradients();
        (l1 + (options.EdgeWeight * edges) + (options.DivergenceWeight * divergence)).backward();
        optimizer.ClipGradients(1);
        optimizer.Step(learningRate);
        return stack([l1, edges, divergence]).data<float>().ToArray();
    }
}
