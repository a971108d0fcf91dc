using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Native;
using Atelier.Tracking;
using Atelier.Training.Checkpoints;
using Atelier.Training.Ddpo;
using Atelier.Training.Settings;
using static TorchSharp.torch;

namespace Atelier.Training.Runs;

/// <summary>One run from its plan to its folder: loads, trains, and writes everything that it leaves.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly IProgressReporter _progress;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly NamedReward _reward;
    private readonly DefaultDdpoStableDiffusionPipeline _pipeline;
    private readonly DeferredTracker _tracker = new();
    private readonly RunJournal _journal;
    private readonly DdpoTrainer _trainer;
    private readonly Lock _manifestLock = new();
    private RunManifest _manifest;

    private TrainingRun(TrainingPlan plan, NamedReward reward, DefaultDdpoStableDiffusionPipeline pipeline, RunSurroundings surroundings)
    {
        _plan = plan;
        _reward = reward;
        _pipeline = pipeline;
        _progress = surroundings.Progress;
        _clock = surroundings.Clock;
        _started = _clock.GetTimestamp();
        _journal = new RunJournal(plan, new ModelProbe(pipeline.Pipeline, reward.Reward, plan.Settings.Ddpo), reward.Reward.Unit, _progress);
        _trainer = CreateTrainer();
        _manifest = CreateManifest(surroundings.CommandLine);
    }

    /// <summary>Gets the number of trained parameters.</summary>
    public long TrainedParameterCount => _pipeline.TrainableParameters.Sum(pair => pair.Value.numel());

    /// <summary>Gets the number of elements of one image's latents.</summary>
    public long LatentElementCount => _pipeline.LatentElementCount;

    /// <summary>Gets the device of the networks.</summary>
    public string Device => _pipeline.Pipeline.Device.ToString();

    /// <summary>Gets the newest complete checkpoint; null when there is none.</summary>
    public string? LastCheckpoint => _plan.Folder.ListCheckpoints() is [.., var last] ? last : null;

    /// <summary>Loads model, reward and, for a resumed run, the checkpoint. Nothing is written.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="surroundings">Progress, clock, command line.</param>
    /// <returns>The run; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The device is not available, or a LoRA target fits no layer.</exception>
    /// <exception cref="FileNotFoundException">A file of the model is missing.</exception>
    /// <exception cref="NotSupportedException">The model asks for what is not implemented.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not one of this model.</exception>
    public static TrainingRun Load(TrainingPlan plan, RunSurroundings surroundings)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(surroundings);

        var placement = plan.Place();
        TorchRuntime.UseThreads(plan.Settings.Threads);
        if (placement.Device.type == TorchSharp.DeviceType.CPU)
        {
            TorchRuntime.KeepFreedMemory();
        }
        else
        {
            backends.cuda.matmul.allow_tf32 = plan.Settings.Ddpo.AllowTf32;
        }

        NamedReward? reward = null;
        DefaultDdpoStableDiffusionPipeline? pipeline = null;
        try
        {
            reward = RewardCatalogue.Create(plan.Settings.Reward, plan.Model.Folder);
            pipeline = DefaultDdpoStableDiffusionPipeline.Load(plan.Model, new DdpoPipelineOptions
            {
                UseLora = plan.Settings.Ddpo.Lora.Enabled,
                Lora = new LoraOptions { Rank = plan.Settings.Ddpo.Lora.Rank, Alpha = plan.Settings.Ddpo.Lora.Alpha, Targets = plan.Settings.Ddpo.Lora.Targets },
                Seed = plan.Settings.Ddpo.Seed,
                GradientCheckpointing = plan.Settings.Ddpo.Train.GradientCheckpointing,
                Placement = placement,
                Variant = plan.Settings.Variant.Length > 0 ? plan.Settings.Variant : null,
            });
            return new TrainingRun(plan, reward, pipeline, surroundings);
        }
        catch
        {
            pipeline?.Dispose();
            reward?.Dispose();
            throw;
        }
    }

    /// <summary>Trains, and writes the run's folder.</summary>
    /// <param name="cancellation">Stops the run; a checkpoint is written when an epoch is done.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="IOException">The run's folder cannot be written.</exception>
    public async Task<RunSummary> ExecuteAsync(CancellationToken cancellation)
    {
        OpenFolder();
        using var stopHashing = new CancellationTokenSource();
        var hashing = Task.Run(() => HashModel(stopHashing.Token), CancellationToken.None);
        try
        {
            _journal.Cancellation = cancellation;
            await _trainer.TrainAsync(cancellation);
            var problem = Finish();
            UpdateManifest(manifest => manifest with { Status = problem is null ? RunManifest.Done : RunManifest.Failed, Error = problem, Ended = _clock.GetUtcNow() });
            return Summarise(problem);
        }
        catch (Exception exception)
        {
            NoteEnd(exception, isStopped: exception is OperationCanceledException && cancellation.IsCancellationRequested);
            throw;
        }
        finally
        {
            await stopHashing.CancelAsync();
            await hashing;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _tracker.Dispose();
        _pipeline.Dispose();
        _reward.Dispose();
    }

    private DdpoTrainer CreateTrainer()
    {
        var config = _plan.Settings.Ddpo;
        var trainer = new DdpoTrainer(config, _reward.Reward, _plan.CreatePromptFunction(), _pipeline, new DdpoServices
        {
            Tracker = _tracker,
            Progress = _progress,
            ImageSamplesHook = (batches, step, tracker) => _journal.OnSamples(_trainer!.EpochsDone, batches, new RunLogger(tracker, step)),
            Checkpoints = new CheckpointStore(_plan.Folder.Checkpoints, config.NumCheckpointLimit),
        });
        try
        {
            if (_plan.ResumeFrom is { } point)
            {
                trainer.Resume(point.Checkpoint);
            }

            return trainer;
        }
        catch
        {
            trainer.Dispose();
            throw;
        }
    }

    private RunManifest CreateManifest(string commandLine)
    {
        RunManifest fresh = new()
        {
            Started = _clock.GetUtcNow(),
            CommandLine = commandLine,
            Threads = get_num_threads(),
            Device = Device,
            Seed = _plan.Settings.Ddpo.Seed,
            Model = _plan.Model.Name,
            ModelCommit = _plan.Model.Commit,
            ModelFolder = _plan.Model.Folder,
        };
        if (_plan.ResumeFrom is not { } point || RunManifest.Find(_plan.Folder.Manifest) is not { } earlier)
        {
            return fresh;
        }

        return fresh with
        {
            Started = earlier.Started,
            CommandLine = earlier.CommandLine,
            PublishedTo = earlier.PublishedTo,
            Resumptions = [.. earlier.Resumptions, new RunResumption(_clock.GetUtcNow(), point.State.EpochsDone, commandLine)],
        };
    }

    private void OpenFolder()
    {
        var (folder, settings) = (_plan.Folder, _plan.Settings);
        var isNew = _plan.ResumeFrom is null;
        Directory.CreateDirectory(folder.Path);
        var json = SettingsSchema.Of<RunSettings>().ToJson(settings with { Ddpo = settings.Ddpo with { ResumeFrom = "" } });
        using (var config = new FileStream(folder.Config, isNew ? FileMode.CreateNew : FileMode.Create)) // another process may have taken the name
        using (StreamWriter writer = new(config))
        {
            writer.WriteLine(json);
        }

        UpdateManifest(manifest => manifest);
        SetLaterCheckpointsAside();
        List<IRunTracker> trackers = [isNew ? new JsonLinesTracker(folder.Metrics) : JsonLinesTracker.Resume(folder.Metrics, _trainer.GlobalStep)];
        if (settings.LogWith.Contains("tensorboard", StringComparer.Ordinal))
        {
            trackers.Add(new TensorBoardTracker(folder.TensorBoard, _clock, isNew ? null : _trainer.GlobalStep));
        }

        _tracker.Target = new CompositeTracker(trackers, (tracker, exception) => _progress.WriteLine($"warning: {tracker.GetType().Name} writes no longer: {exception.Message}"));
        _tracker.LogConfiguration(json);
    }

    // A run that goes on from an earlier checkpoint than its last takes another way from there, perhaps with other settings.
    private void SetLaterCheckpointsAside()
    {
        if (_plan.ResumeFrom is not { } point)
        {
            return;
        }

        foreach (var later in _plan.Folder.ListCheckpoints().Where(path => CheckpointStore.ReadState(path).EpochsDone > point.State.EpochsDone))
        {
            var aside = later + ".superseded";
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }

            Directory.Move(later, aside);
        }
    }

    // The model comes first: nothing that fails after it can lose it.
    private string? Finish()
    {
        var problem = WriteFinal();
        _pipeline.PrepareRollout();
        try
        {
            _journal.OnEnd(_trainer.EpochsDone, new RunLogger(_tracker, _trainer.GlobalStep));
        }
        catch (OperationCanceledException)
        {
            _progress.WriteLine("warning: interrupted; the model is written, the last pictures are not");
        }

        return problem;
    }

    private string? WriteFinal()
    {
        var partial = _plan.Folder.Final + ".partial";
        try
        {
            Remove(partial);
            _trainer.SavePretrained(partial);
            Remove(_plan.Folder.Final);
            Directory.Move(partial, _plan.Folder.Final);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or InvalidOperationException)
        {
            return $"the trained model could not be written to {_plan.Folder.Final}: {exception.Message}";
        }

        static void Remove(string folder)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private RunSummary Summarise(string? problem) => new()
    {
        Folder = _plan.Folder,
        Unit = _reward.Reward.Unit,
        History = RunHistory.Read(_plan.Folder.Metrics),
        EpochsDone = _trainer.EpochsDone,
        UpdateCount = _trainer.GlobalStep,
        Duration = _clock.GetElapsedTime(_started),
        FinalProblem = problem,
        Warnings = _journal.Warnings,
    };

    private void NoteEnd(Exception exception, bool isStopped)
    {
        try
        {
            UpdateManifest(manifest => manifest with
            {
                Status = isStopped ? RunManifest.Interrupted : RunManifest.Failed,
                Error = isStopped ? null : exception.Message,
                Ended = _clock.GetUtcNow(),
            });
        }
        catch (IOException)
        {
            // A full disk is probably what the run failed of; its own exception says more.
        }
    }

    // Beside the training, since it takes long for large models.
    private void HashModel(CancellationToken cancellation)
    {
        try
        {
            var hashes = ModelHashes.Compute(_plan.Model.Folder, cancellation);
            UpdateManifest(manifest => manifest with { ModelFiles = hashes });
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            // A manifest without hashes is still worth having.
        }
    }

    private void UpdateManifest(Func<RunManifest, RunManifest> change)
    {
        lock (_manifestLock)
        {
            _manifest = change(_manifest);
            _manifest.Write(_plan.Folder.Manifest);
        }
    }
}
