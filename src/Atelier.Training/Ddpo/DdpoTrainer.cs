using System.Diagnostics;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Safetensors;
using Atelier.Artifacts.Tensors;
using Atelier.Diffusion.Native;
using Atelier.Diffusion.Tensors;
using Atelier.Diffusion.Weights;
using Atelier.Rewards;
using Atelier.Tracking;
using Atelier.Training.Advantages;
using Atelier.Training.Checkpoints;
using Atelier.Training.Rollouts;
using Atelier.Training.Runs;
using Atelier.Training.Updates;
using static TorchSharp.torch;

namespace Atelier.Training.Ddpo;

/// <summary>Fine-tunes a Stable Diffusion pipeline for a reward: denoising diffusion policy optimization.</summary>
/// <remarks>Source: Black et al. 2023 (arXiv:2305.13301), algorithm with importance sampling and clipping (DDPO-IS).</remarks>
public sealed class DdpoTrainer : IDisposable
{
    private readonly DdpoConfig _config;
    private readonly IReward _reward;
    private readonly IDdpoStableDiffusionPipeline _pipeline;
    private readonly DdpoServices _services;
    private readonly IRandomSource _random;
    private readonly RolloutCollector _collector;
    private readonly IAdvantageEstimator _advantages;
    private readonly FusedAdamW _optimizer;
    private readonly PolicyUpdate _update;
    private readonly List<EpochReport> _epochs = [];
    private double _rewardMean = double.MinValue; // of the last epoch done, in this process or before

    /// <summary>Creates a trainer.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="reward">What is to rise.</param>
    /// <param name="prompts">Where prompts come from.</param>
    /// <param name="pipeline">What is trained; borrowed.</param>
    /// <param name="services">Trackers, progress, hook, checkpoints; null for none of them.</param>
    /// <exception cref="ArgumentException">The settings contradict each other, or leave no step to train on; the message has every complaint.</exception>
    public DdpoTrainer(DdpoConfig config, IReward reward, PromptFunction prompts, IDdpoStableDiffusionPipeline pipeline, DdpoServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(reward);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(pipeline);
        var problems = config.Problems().ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(config));
        }

        if (pipeline.TrainableSteps(config.Sample).Count == 0)
        {
            throw new ArgumentException($"None of the {config.Sample.NumSteps} steps has a variance, so there is nothing to train on: raise sample_num_steps.", nameof(config));
        }

        _config = config;
        _reward = reward;
        _pipeline = pipeline;
        _services = services ?? new DdpoServices();
        _random = _services.Random ?? new RandomSource(config.Seed);
        _collector = new RolloutCollector(config, pipeline, prompts, reward, _random);
        _advantages = config.PerPromptStatTracking.Enabled
            ? new PerPromptStatTracker(config.PerPromptStatTracking.BufferSize, config.PerPromptStatTracking.MinCount)
            : new BatchAdvantage();
        var train = config.Train;
        _optimizer = new FusedAdamW(pipeline.TrainableParameters, new AdamWOptions
        {
            LearningRate = train.LearningRate,
            Beta1 = train.AdamBeta1,
            Beta2 = train.AdamBeta2,
            WeightDecay = train.AdamWeightDecay,
            Epsilon = train.AdamEpsilon,
        });
        _update = new PolicyUpdate(config, pipeline, _optimizer);
    }

    /// <summary>Gets the number of updates taken.</summary>
    public long GlobalStep => _optimizer.StepCount;

    /// <summary>Gets the number of epochs done, those before a resume included.</summary>
    public int EpochsDone { get; private set; }

    /// <summary>Gets what the epochs of this process earned.</summary>
    public IReadOnlyList<EpochReport> Epochs => _epochs;

    /// <summary>Gets the prompts of the images that were sampled last; none before the first epoch of this process.</summary>
    internal IReadOnlyList<string> SampledPrompts { get; private set; } = [];

    /// <summary>Trains until the configured number of epochs is done.</summary>
    /// <param name="cancellation">
    /// Stops it: sampling ends between two steps, updates of a begun epoch are finished first. Then a checkpoint is written, from which a resumed run is bit-identical.
    /// </param>
    /// <returns>A task that ends with the training; everything runs on one thread of its own.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; the checkpoint is written.</exception>
    public Task TrainAsync(CancellationToken cancellation = default) =>
        Task.Factory.StartNew(() => Train(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint's folder.</param>
    /// <exception cref="InvalidDataException">The folder is no complete checkpoint of this model; the message names it.</exception>
    public void Resume(string checkpoint)
    {
        var state = CheckpointStore.ReadState(checkpoint);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var weights = OpenFitting(checkpoint, WeightsFile, _pipeline.TrainableParameters.Select(pair => (pair.Name, pair.Value.shape)));
        using var moments = OpenFitting(checkpoint, OptimizerFile, _optimizer.State().Select(pair => (pair.Name, pair.Value.shape)));
        foreach (var (name, value) in _pipeline.TrainableParameters)
        {
            TensorStorage.ReadInto(weights, weights.Entries[name], value);
        }

        _optimizer.Restore(state.GlobalStep, (name, target) => TensorStorage.ReadInto(moments, moments.Entries[name], target));
        _update.LossScale.Restore(state.LossScale, state.UpdatesSinceLossScaleChange);
        _advantages.Restore(state.PromptRewards);
        EpochsDone = state.EpochsDone;
        _rewardMean = state.RewardMean;
    }

    /// <summary>Writes the trained model so that others can load it.</summary>
    /// <param name="folder">The folder; made if it is missing.</param>
    public void SavePretrained(string folder)
    {
        Directory.CreateDirectory(folder);
        _pipeline.SavePretrained(folder);
    }

    /// <summary>Puts the trained model on the hub as one commit, with a card that says what it was trained for, with which settings and how the reward went.</summary>
    /// <param name="publication">Where it goes.</param>
    /// <param name="hub">The connection, borrowed; null makes one from the environment's variables.</param>
    /// <param name="cancellation">Ends it; before the commit nothing of it is visible on the hub.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="HubException">Nothing was committed, or it is not known; the message says why, and where the model is kept with the command that tries again.</exception>
    public Task<HubUploadReport> PushToHubAsync(RunPublication publication, HubClient? hub = null, CancellationToken cancellation = default) =>
        new TrainerPublisher(this, _config, _reward, _pipeline).PublishAsync(publication, hub, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private const string WeightsFile = "trained.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";

    // Everything is compared before anything is changed.
    private static SafetensorsFile OpenFitting(string checkpoint, string name, IEnumerable<(string Name, long[] Shape)> expected)
    {
        SafetensorsFile? file = null;
        try
        {
            file = SafetensorsFile.Open(Path.Combine(checkpoint, name));
            var report = WeightLoader.Compare(expected, file.Entries);
            return report.Fits ? file : throw new WeightMismatchException(file.FileName, report);
        }
        catch (Exception exception) when (exception is WeightMismatchException or TensorFileException or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new InvalidDataException($"{checkpoint} is no complete checkpoint of this model: {exception.Message}", exception);
        }
    }

    private void Train(CancellationToken cancellation)
    {
        using var stage = _services.Progress.Begin("epoch", _config.NumEpochs, "epoch", EpochsDone);
        while (EpochsDone < _config.NumEpochs)
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                var report = RunEpoch(EpochsDone, cancellation);
                TorchRuntime.GiveBackFreedMemory();
                _epochs.Add(report);
                _rewardMean = report.RewardMean;
                EpochsDone++;
                stage.Advance(1, $"reward {report.RewardMean:f3}");
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && EpochsDone > 0)
            {
                Save();
                throw;
            }

            if (EpochsDone % Math.Max(1, _config.SaveFreq) == 0 || EpochsDone == _config.NumEpochs)
            {
                Save();
            }
        }
    }

    private EpochReport RunEpoch(int epoch, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var rollout = _collector.Collect(epoch, _services.Progress, cancellation);
        SampledPrompts = rollout.Prompts;
        var rewards = rollout.Rewards;
        var spread = Spread.Of(rewards);
        var within = rollout.Prompts.Zip(rewards).GroupBy(pair => pair.First, StringComparer.Ordinal)
            .Average(group => Spread.Of([.. group.Select(pair => pair.Second)]).StandardDeviation);
        _services.Tracker.Log(new RunRecord(GlobalStep, "rewards")
        {
            ["epoch"] = epoch,
            ["reward_mean"] = spread.Mean,
            ["reward_std"] = spread.StandardDeviation,
            ["reward_std_within_prompt"] = within,
            ["reward"] = rewards.Select(reward => (double)reward).ToArray(),
        });
        _services.ImageSamplesHook?.Invoke(rollout.Batches, GlobalStep, _services.Tracker);
        var advantages = _advantages.Estimate(rollout.Prompts, rewards);
        Update(rollout, advantages, epoch);
        return new EpochReport(epoch, spread.Mean, spread.StandardDeviation, within, watch.Elapsed);
    }

    private void Update(Rollout rollout, float[] advantages, int epoch)
    {
        using var scope = NewDisposeScope();
        var limit = _config.Train.AdvClipMax;
        var clipped = tensor(advantages, device: rollout.Latents.device).Clamped(-limit, limit);
        var trainable = _pipeline.TrainableSteps(_config.Sample);
        var columns = Math.Min(_config.TrainedStepCount, trainable.Count);
        var order = new ShuffledSteps(_config.SamplesPerEpoch, _config.Sample.NumSteps);
        var total = _config.UpdatesPerEpoch * Math.Ceiling((double)_config.SamplesPerUpdate * columns / _config.StepsAtOnce);
        using var stage = _services.Progress.Begin("training", (long)total, "batch");
        for (var inner = 0; inner < _config.Train.NumInnerEpochs; inner++)
        {
            order.Shuffle(_random, epoch, inner);
            for (var row = 0; row < _config.SamplesPerEpoch; row += _config.SamplesPerUpdate)
            {
                var selected = order.Select(row..(row + _config.SamplesPerUpdate), _config.Train.BatchSize, trainable, columns);
                var step = GlobalStep;
                Record(_update.Run(rollout, clipped, selected, stage), step, epoch, inner);
            }
        }
    }

    private void Record(UpdateReport report, long step, int epoch, int innerEpoch)
    {
        _services.Tracker.Log(new RunRecord(step, "update")
        {
            ["epoch"] = epoch,
            ["inner_epoch"] = innerEpoch,
            ["loss"] = report.Loss,
            ["approx_kl"] = report.ApproximateKl,
            ["clipfrac"] = report.ClipFraction,
            ["grad_norm"] = report.GradientNorm,
        });
        if (step > 0)
        {
            return;
        }

        // Before the first update nothing has moved: whatever the ratio is off by is the arithmetic's, and must be far below the clip range.
        _services.Tracker.Log(new RunRecord(step, "ratio_check") { ["ratio_deviation"] = report.RatioDeviation, ["ratio_deviation_by_step"] = report.RatioDeviationByStep.ToArray() });
        if (report.RatioDeviation > _config.Train.ClipRange / 10 && _config.IsTrainingGuided == _config.IsGuided)
        {
            _services.Progress.WriteLine(
                $"warning: before the first update the importance ratio is off by up to {report.RatioDeviation:g2}, more than a tenth of train_clip_range {_config.Train.ClipRange:g2}. "
                + "Sampling and training do not compute the same numbers: use mixed_precision no, or a larger train_clip_range.");
        }
    }

    private void Save() => _services.Checkpoints?.Save(
        new TrainingState
        {
            EpochsDone = EpochsDone,
            GlobalStep = GlobalStep,
            RewardMean = _rewardMean,
            LossScale = _update.LossScale.Value,
            UpdatesSinceLossScaleChange = _update.LossScale.UpdatesSinceChange,
            PromptRewards = _advantages.Memory(),
        },
        folder =>
        {
            SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), _pipeline.TrainableParameters.Select(pair => TensorStorage.Describe(pair.Name, pair.Value)));
            SafetensorsWriter.Write(Path.Combine(folder, OptimizerFile), _optimizer.State().Select(pair => TensorStorage.Describe(pair.Name, pair.Value)));
        });
}
