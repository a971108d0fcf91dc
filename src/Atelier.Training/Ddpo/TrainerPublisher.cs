using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;
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
            if (!File.Exists(Path.Combine(run.Final, ModelCard.FileName)))
            {
                RunCard.Write(Describe(run), new RunCardOptions { RepositoryId = publication.Repository.ToString(), License = publication.License }); // for the next try
            }

            throw exception.With($"The model is kept in {run.Final}; try again with: atelier hub upload {publication.Repository} {run.Final}{(publication.IsPrivate == true ? " --private" : "")}{publication.PlaceOptions}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new IOException($"{exception.Message} The model is kept in {run.Final}.", exception);
        }
    }

    // The pipeline was loaded in a format, whatever the trainer's configuration says of it.
    private MixedPrecision Precision(DefaultDdpoStableDiffusionPipeline? own) => own?.Pipeline.Components.Unet.parameters().First().dtype switch
    {
        null => config.MixedPrecision,
        TorchSharp.torch.ScalarType.Float16 => MixedPrecision.Fp16,
        TorchSharp.torch.ScalarType.BFloat16 => MixedPrecision.Bf16,
        _ => MixedPrecision.No,
    };

    // What was trained is the pipeline's to say: its options, not the trainer's, chose the adapters.
    private RunFacts Describe(RunFolder run)
    {
        var own = pipeline as DefaultDdpoStableDiffusionPipeline;
        var source = own?.Source;
        var lora = own is null ? config.Lora
            : own.Adapters?.Adapters.FirstOrDefault().Adapter is { } adapter ? config.Lora with { Enabled = true, Rank = (int)adapter.Rank, Alpha = adapter.Alpha }
            : config.Lora with { Enabled = false };
        return new RunFacts
        {
            Folder = run,
            Settings = new RunSettings { PretrainedModel = source?.Name ?? "", Reward = reward.Name, Prompts = "", Ddpo = config with { Lora = lora, MixedPrecision = Precision(own) } },
            SampledPrompts = [.. trainer.SampledPrompts.Distinct(StringComparer.Ordinal)],
            Manifest = new RunManifest { Status = RunManifest.Done, Model = source?.Name ?? "", ModelCommit = source?.Commit, Seed = config.Seed, Device = own?.Pipeline.Device.ToString() ?? "", Threads = TorchSharp.torch.get_num_threads() },
            History = new RunHistory
            {
                Epochs = [.. trainer.Epochs.Select(epoch => new EpochRewards(epoch.Epoch, epoch.RewardMean, epoch.RewardDeviation, epoch.RewardDeviationWithinPrompt))],
                Evaluations = [],
                UpdateCount = trainer.GlobalStep,
            },
        };
    }
}
