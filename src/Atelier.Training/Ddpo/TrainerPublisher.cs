using Atelier.Artifacts.Hub;
using Atelier.Rewards;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Training.Ddpo;

/// <summary>Puts what a trainer has trained on the hub, where no run's folder tells of it.</summary>
internal sealed class TrainerPublisher(DdpoTrainer trainer, DdpoConfig config, IReward reward, IDdpoStableDiffusionPipeline pipeline)
{
    /// <summary>Writes the model and its card to a temporary folder and uploads it. The folder is kept where that fails.</summary>
    public async Task<HubUploadReport> PublishAsync(RunPublication publication, HubClient? hub, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(publication);
        using var own = hub is null ? new HubClient(HubSettings.ReadProcess()) : null;
        var folder = Directory.CreateTempSubdirectory("atelier-");
        RunFolder run = new(folder.FullName);
        trainer.SavePretrained(run.Final);
        try
        {
            var report = await new RunPublisher(hub ?? own!).PublishAsync(Describe(run), publication, cancellation).ConfigureAwait(false);
            folder.Delete(recursive: true);
            return report;
        }
        catch (HubException exception)
        {
            throw exception.With($"The model is kept in {run.Final}; try again with: atelier hub upload {publication.Repository} {run.Final}");
        }
    }

    private RunFacts Describe(RunFolder run)
    {
        var source = (pipeline as DefaultDdpoStableDiffusionPipeline)?.Source;
        return new RunFacts
        {
            Folder = run,
            Settings = new RunSettings { PretrainedModel = source?.Name ?? "", Reward = reward.Name, Prompts = "", Ddpo = config },
            Manifest = new RunManifest { Status = RunManifest.Done, Model = source?.Name ?? "", ModelCommit = source?.Commit, Seed = config.Seed, Threads = TorchSharp.torch.get_num_threads() },
            History = new RunHistory
            {
                Epochs = [.. trainer.Epochs.Select(epoch => new EpochRewards(epoch.Epoch, epoch.RewardMean, epoch.RewardDeviation, epoch.RewardDeviationWithinPrompt))],
                Evaluations = [],
                UpdateCount = trainer.GlobalStep,
            },
        };
    }
}
