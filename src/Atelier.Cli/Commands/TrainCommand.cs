using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Reports;
using Atelier.Tracking;
using Atelier.Training.Runs;
using Atelier.Training.Settings;

namespace Atelier.Cli.Commands;

/// <summary>Fine-tunes a model for a reward: <c>atelier train</c>.</summary>
public static class TrainCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="RequestException">The model or the checkpoint can't be used.</exception>
    /// <exception cref="HubException">The model's repository is not there, or can't be fetched and is not cached.</exception>
    /// <exception cref="InvalidOperationException">The run failed; the message names the last checkpoint.</exception>
    public static async Task<int> RunAsync(RunSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(environment);

        using var progress = WrappedProgress.For(environment);
        var start = Loading.Try(() => RunStart.Find(settings));
        var publication = await PreparePublicationAsync(settings, start, environment, progress, cancellationToken);
        var model = await Loading.FindModelAsync(start.NameModel(settings), environment, progress, cancellationToken);
        var plan = Loading.Try(() => TrainingPlan.Create(settings, start, model));
        TrainReport report = new(plan);
        using var run = Loading.Try(() => TrainingRun.Load(plan, new RunSurroundings { Progress = progress, Clock = environment.Time, CommandLine = CommandLineText.OfProcess() }));
        report.WriteStart(run, progress);
        try
        {
            RunSummary summary;
            await using (cancellationToken.Register(() => progress.WriteLine("stopping: updates that have begun are finished first (once more to stop at once)")))
            {
                summary = await run.ExecuteAsync(cancellationToken);
            }

            progress.Dispose();
            if (summary.FinalProblem is null && publication is not null)
            {
                return await EndWithUploadAsync(report, summary, publication, environment, cancellationToken);
            }

            report.WriteEnd(summary, environment);
            if (summary.FinalProblem is null)
            {
                return ExitCode.Done;
            }

            await environment.Error.WriteLineAsync($"error: {summary.FinalProblem}; the weights are in {run.LastCheckpoint}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            progress.Dispose();
            WriteInterruption(run, report, environment);
            return ExitCode.Interrupted;
        }
        catch (Exception failure)
        {
            progress.Dispose();
            var rescue = run.LastCheckpoint is { } checkpoint ? $" The last checkpoint is {checkpoint}; go on with: {report.ResumeCommand()}" : "";
            throw new InvalidOperationException($"{Loading.Sentence(failure)}{rescue}", failure);
        }
    }

    // Asked before anything is downloaded or trained, so that a day of training is not followed by a refusal.
    private static async Task<RunPublication?> PreparePublicationAsync(RunSettings settings, RunStart start, CliEnvironment environment, IProgressReporter progress, CancellationToken cancellationToken)
    {
        if (!settings.Publishing.IsWanted)
        {
            return null;
        }

        try
        {
            return await CheckPublicationAsync(settings, start, environment, progress, cancellationToken);
        }
        catch (HubException refusal) when (start.ResumeFrom is not null)
        {
            // Whoever goes on with a run need not remember what it was started with.
            throw refusal.With("The run is to be pushed when it is done (push_to_hub): --no-push-to-hub goes on without that.");
        }
    }

    private static async Task<RunPublication> CheckPublicationAsync(RunSettings settings, RunStart start, CliEnvironment environment, IProgressReporter progress, CancellationToken cancellationToken)
    {
        using var connection = HubConnection.Open(environment, progress, "upload");
        var hub = connection.Client;
        var isNamed = settings.Publishing.Repository.Length > 0;
        var publication = new RunPublication
        {
            Repository = HubRepositoryId.Parse(isNamed ? settings.Publishing.Repository : start.Folder.Name),
            IsPrivate = settings.Publishing.IsPrivate ? true : null,
        };
        var found = await new RunPublisher(hub).CheckAsync(publication, cancellationToken);
        if (!isNamed && DescribeTarget(found, start, hub) is { } line)
        {
            progress.WriteLine(line);
        }

        return publication with { Repository = found.Repository };
    }

    // A run's name is a number after its reward's: other machines have runs of the same names.
    private static string? DescribeTarget(HubWriteReport found, RunStart start, HubClient hub) =>
        !found.Exists ? $"the result will go to {hub.Settings.Endpoint}/{found.Repository}, a new repository"
        : start.ResumeFrom is not null && RunManifest.Find(start.Folder.Manifest)?.PublishedTo == found.Repository.ToString() ? null
        : $"warning: {found.Repository} exists already, and this run has put nothing there: the result becomes a commit there. --hf-hub-model-id names another repository";

    // A person reads what was learnt before anything else can go wrong; a script gets one document.
    private static async Task<int> EndWithUploadAsync(TrainReport report, RunSummary summary, RunPublication publication, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (!environment.IsJson)
        {
            report.WriteEnd(summary, environment);
        }

        var (exitCode, uploaded, problem) = await PublishAsync(publication, summary.Folder, environment, cancellationToken);
        if (environment.IsJson)
        {
            report.WriteEnd(summary, environment, uploaded is not null ? HubUploadCommand.ToJson(uploaded) : new JsonObject { ["repository"] = publication.Repository.ToString(), ["problem"] = problem });
        }
        else if (uploaded is not null)
        {
            HubUploadCommand.Write(uploaded, environment);
        }

        return exitCode;
    }

    private static async Task<(int ExitCode, HubUploadReport? Report, string? Problem)> PublishAsync(RunPublication publication, RunFolder run, CliEnvironment environment, CancellationToken cancellationToken)
    {
        using var progress = WrappedProgress.For(environment);
        try
        {
            using var connection = HubConnection.Open(environment, progress, "upload");
            var hub = connection.Client;
            await using var notice = cancellationToken.Register(() => progress.WriteLine("stopping: the upload is broken off; the run is whole on disk (once more to stop at once)"));
            var report = await new RunPublisher(hub, line => progress.WriteLine($"note: {line}")).PublishAsync(run, publication, cancellationToken);
            return (ExitCode.Done, report, null);
        }
        catch (Exception exception) when (exception is HubException or IOException or InvalidDataException or UnauthorizedAccessException || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            progress.Dispose();
            var problem = Describe(exception, publication);
            await environment.Error.WriteLineAsync($"error: the run is done and kept in {run.Path}, but {problem}");
            await environment.Error.WriteLineAsync("Try again with:");
            foreach (var line in new ShellCommand(["hub", "upload", publication.Repository.ToString(), run.Path, .. publication.IsPrivate == true ? ["--private"] : (string[])[]]).Lines(indent: 2))
            {
                await environment.Error.WriteLineAsync(line);
            }

            return (exception is OperationCanceledException ? ExitCode.Interrupted : ExitCode.Failed, null, problem);
        }
    }

    private static string Describe(Exception failure, RunPublication publication) => failure is OperationCanceledException
        ? $"its upload was interrupted: {publication.Repository} is as it was, unless the commit, which comes last, had begun"
        : $"it was not uploaded: {Loading.Sentence(failure)}";

    private static void WriteInterruption(TrainingRun run, TrainReport report, CliEnvironment environment)
    {
        if (run.LastCheckpoint is not { } checkpoint)
        {
            environment.Error.WriteLine("interrupted before the first epoch was done: there is nothing to go on with");
            return;
        }

        environment.Error.WriteLine($"interrupted; the run is saved in {checkpoint}. Go on with:");
        foreach (var line in report.ResumeCommand().Lines(indent: 2))
        {
            environment.Error.WriteLine(line);
        }
    }
}
