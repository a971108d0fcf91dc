using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Options;
using Atelier.Cli.Reports;
using Atelier.Tracking;
using Atelier.Training.Runs;

namespace Atelier.Cli.Commands;

/// <summary>Uploads a run, a folder or a file as one commit: <c>atelier hub upload</c>.</summary>
public static class HubUploadCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C; before the commit nothing is visible on the hub.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="RequestException">The run has no trained model, or the card can't be written.</exception>
    /// <exception cref="HubException">Nothing was committed, or it is not known.</exception>
    public static async Task<int> RunAsync(HubUploadSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);

        using var progress = WrappedProgress.For(environment);
        using var connection = HubConnection.Open(environment, progress, "upload");
        var hub = connection.Client;
        var report = await UploadAsync(settings, hub, progress, cancellationToken);
        connection.Dispose();
        progress.Dispose();
        Write(report, environment);
        return ExitCode.Done;
    }

    /// <summary>Says what an upload did.</summary>
    internal static void Write(HubUploadReport report, CliEnvironment environment)
    {
        if (environment.IsJson)
        {
            environment.Output.WriteLine(ToJson(report).ToJsonString());
            return;
        }

        environment.Output.WriteLine(report.PullRequestUrl ?? report.CommitUrl ?? report.RepositoryUrl);
        if (!environment.IsQuiet)
        {
            var unchanged = report.Unchanged.Count > 0 ? $", {report.Unchanged.Count} unchanged" : "";
            environment.Error.WriteLine(report.HasCommit ? $"{Counted.Files(report.Uploaded.Count)} uploaded to {report.Repository}{unchanged}" : $"{report.Repository} has all of it already: nothing was changed");
        }
    }

    private static async Task<HubUploadReport> UploadAsync(HubUploadSettings settings, HubClient hub, IProgressReporter progress, CancellationToken cancellationToken)
    {
        RunFolder run = new(settings.Path);
        if (!run.IsRun || RunManifest.Find(run.Manifest) is null) // a component of a model has a config.json, too
        {
            return await hub.UploadAsync(ToRequest(settings), cancellationToken);
        }

        if (settings.PathInRepository.Length > 0)
        {
            throw new RequestException($"--path-in-repository means nothing for a run: its model and card go into the root of {settings.Repository}");
        }

        try
        {
            return await new RunPublisher(hub, line => progress.WriteLine($"note: {line}")).PublishAsync(run, ToPublication(settings), cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new RequestException(exception.Message);
        }
    }

    private static RunPublication ToPublication(HubUploadSettings settings) => new()
    {
        Repository = HubRepositoryId.Parse(settings.Repository),
        Revision = HubRevision.Parse(settings.Revision),
        IsPrivate = settings.Private ? true : null,
        OpensPullRequest = settings.CreatePr,
        Summary = settings.Message.Length > 0 ? settings.Message : null,
        License = settings.License.Length > 0 ? settings.License : null,
        ReplacesCard = settings.ReplaceCard,
    };

    private static HubUploadRequest ToRequest(HubUploadSettings settings)
    {
        var isFolder = Directory.Exists(settings.Path);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Path)));
        HubUploadRequest request = new()
        {
            Repository = HubRepositoryId.Parse(settings.Repository),
            Revision = HubRevision.Parse(settings.Revision),
            CreatesRepository = !settings.CreatePr,
            IsPrivate = settings.Private ? true : null,
            OpensPullRequest = settings.CreatePr,
            Summary = settings.Message.Length > 0 ? settings.Message : $"Upload {name}",
        };
        return isFolder
            ? request with { Folder = settings.Path, FolderPath = settings.PathInRepository }
            : request with { Files = [new HubUploadFile(settings.PathInRepository.Length > 0 ? settings.PathInRepository : name, settings.Path)] };
    }

    /// <summary>Describes an upload for scripts.</summary>
    internal static JsonObject ToJson(HubUploadReport report) => new()
    {
        ["repository"] = report.Repository.ToString(),
        ["url"] = report.RepositoryUrl,
        ["commit"] = report.Commit,
        ["commit_url"] = report.CommitUrl,
        ["pull_request_url"] = report.PullRequestUrl,
        ["uploaded"] = new JsonArray([.. report.Uploaded.Select(path => JsonValue.Create(path))]),
        ["unchanged"] = new JsonArray([.. report.Unchanged.Select(path => JsonValue.Create(path))]),
        ["ignored"] = new JsonArray([.. report.Ignored.Select(path => JsonValue.Create(path))]),
    };
}
