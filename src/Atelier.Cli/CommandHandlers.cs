using Atelier.Cli.Commands;
using Atelier.Cli.Options;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Cli;

/// <summary>Holds what each command does.</summary>
public sealed record CommandHandlers
{
    /// <summary>Gets what <c>atelier train</c> does.</summary>
    public CommandHandler<RunSettings> Train { get; init; } = TrainCommand.RunAsync;

    /// <summary>Gets what finds everything that is wrong with a request to train, before anything is started.</summary>
    public Func<RunSettings, IEnumerable<string>> CheckTrain { get; init; } = TrainingPlan.Problems;

    /// <summary>Gets what <c>atelier generate</c> does.</summary>
    public CommandHandler<GenerateSettings> Generate { get; init; } = GenerateCommand.RunAsync;

    /// <summary>Gets what finds everything that is wrong with a request to generate, before anything is started.</summary>
    public Func<GenerateSettings, IEnumerable<string>> CheckGenerate { get; init; } = GenerateCommand.Problems;

    /// <summary>Gets what <c>atelier hub download</c> does.</summary>
    public CommandHandler<HubDownloadSettings> HubDownload { get; init; } = HubDownloadCommand.RunAsync;

    /// <summary>Gets what <c>atelier hub upload</c> does.</summary>
    public CommandHandler<HubUploadSettings> HubUpload { get; init; } = HubUploadCommand.RunAsync;

    /// <summary>Gets what <c>atelier hub cache</c> does.</summary>
    public CommandHandler<HubCacheSettings> HubCache { get; init; } = HubCacheCommand.RunAsync;

    /// <summary>Gets what <c>atelier hub card</c> does.</summary>
    public CommandHandler<HubCardSettings> HubCard { get; init; } = HubCardCommand.RunAsync;

    /// <summary>Gets what <c>atelier doctor</c> does.</summary>
    public CommandHandler<DoctorSettings> Doctor { get; init; } = DoctorCommand.RunAsync;

    /// <summary>Gets what <c>atelier pretrain-tiny</c> does.</summary>
    public CommandHandler<PretrainSettings> PretrainTiny { get; init; } = PretrainTinyCommand.RunAsync;
}
