using Atelier.Rewards;
using Atelier.Rewards.Scenes;
using Atelier.Training.Updates;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Atelier.Training.Pretraining;

/// <summary>Trains a judge on pictures that are drawn while it learns, none of them twice.</summary>
public static class SceneJudgeTraining
{
    private const int EvaluationBatchSize = 250;

    /// <summary>Trains a new judge.</summary>
    /// <remarks>AdamW on the sum of the cross-entropies of the five facts; three quarters of the pictures are distorted, so that soft pictures are read too.</remarks>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Hears of the loss now and then, on this thread; null for nobody.</param>
    /// <param name="cancellationToken">Asks to stop.</param>
    /// <returns>The judge, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names all that are.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public static SceneJudge Run(SceneJudgeTrainingOptions options, Action<SceneJudgeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        var judge = new SceneJudge(options.Seed);
        try
        {
            Train(judge, options, progress, cancellationToken);
            return judge;
        }
        catch
        {
            judge.Dispose();
            throw;
        }
    }

    /// <summary>Measures how often a judge is right on freshly drawn, undistorted pictures of all pairs.</summary>
    /// <param name="judge">The judge.</param>
    /// <param name="count">The number of pictures, positive.</param>
    /// <param name="seed">The seed of the pictures: another one than that of the training.</param>
    /// <returns>The fraction of right answers.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static SceneJudgeAccuracy Evaluate(SceneJudge judge, int count = 2000, long seed = -1)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);

        var rightCounts = new int[5];
        for (var start = 0; start < count; start += EvaluationBatchSize)
        {
            using var scope = NewDisposeScope();
            var batch = SceneBatch.Draw(Math.Min(EvaluationBatchSize, count - start), seed, start);
            foreach (var (scene, verdict) in batch.Scenes.Zip(judge.Judge(batch.Images())))
            {
                rightCounts[0] += verdict.Shape.Best == scene.Shape ? 1 : 0;
                rightCounts[1] += verdict.Colour.Best == scene.Colour ? 1 : 0;
                rightCounts[2] += verdict.BackgroundColour.Best == scene.BackgroundColour ? 1 : 0;
                rightCounts[3] += verdict.Texture.Best == scene.Texture ? 1 : 0;
                rightCounts[4] += verdict.Place.Best == scene.Place ? 1 : 0;
            }
        }

        var fractions = Array.ConvertAll(rightCounts, right => right / (double)count);
        return new SceneJudgeAccuracy(fractions[0], fractions[1], fractions[2], fractions[3], fractions[4]);
    }

    private static void Train(SceneJudge judge, SceneJudgeTrainingOptions options, Action<SceneJudgeProgress>? progress, CancellationToken cancellationToken)
    {
        using var optimizer = new FusedAdamW([.. judge.named_parameters()], new AdamWOptions { WeightDecay = options.WeightDecay });
        using var generator = new Generator((ulong)options.Seed);
        var random = new SceneRandom(options.Seed, stream: -1);
        var rates = new LearningRateSchedule(options.LearningRate, options.WarmUpStepCount, options.StepCount);
        var lossSum = 0.0;
        var lossCount = 0;
        for (var step = 0; step < options.StepCount; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = SceneBatch.Draw(options.BatchSize, options.Seed, (long)step * options.BatchSize);
            lossSum += Update(judge, optimizer, rates.At(step), batch, images => SceneDistortion.Apply(images, random, generator));
            lossCount++;
            if (!double.IsFinite(lossSum))
            {
                throw new InvalidOperationException($"The judge's loss is not finite at step {step}.");
            }

            if ((step + 1) % options.ReportInterval == 0 || step + 1 == options.StepCount)
            {
                progress?.Invoke(new SceneJudgeProgress(step + 1, options.StepCount, lossSum / lossCount));
                (lossSum, lossCount) = (0, 0);
            }
        }
    }

    private static double Update(SceneJudge judge, FusedAdamW optimizer, double learningRate, SceneBatch batch, Func<Tensor, Tensor> distort)
    {
        using var scope = NewDisposeScope();

        var labels = batch.Labels();
        var logits = judge.call(distort(batch.Images())).split([.. SceneJudge.LogitCounts], dim: 1);
        var loss = logits.Select((part, index) => functional.cross_entropy(part, labels[index])).Aggregate((sum, part) => sum + part);

        optimizer.ZeroGradients();
        loss.backward();
        optimizer.Step(learningRate);

        return loss.item<float>();
    }
}
