using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Options;
using Atelier.Cli.Reports;
using Atelier.Training.Runs;

namespace Atelier.Cli.Commands;

/// <summary>Brings files of the hub into the cache: <c>atelier hub download</c>.</summary>
public static class HubDownloadCommand
{
    /// <summary>Runs the command. The place of what was fetched is the only line of output.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C; what has arrived stays for the next try.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="HubException">Something is not there, or can't be fetched and is not cached.</exception>
    public static async Task<int> RunAsync(HubDownloadSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);

        using var progress = WrappedProgress.For(environment);
        using var connection = HubConnection.Open(environment, progress, "download");
        var hub = connection.Client;
        var id = HubRepositoryId.Parse(settings.Repository);
        List<string> places;
        try
        {
            places = settings.Files.Count > 0
                ? await FilesAsync(hub, id, settings, cancellationToken)
                : [await ModelAsync(hub, id, settings, cancellationToken)];
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            connection.Dispose();
            progress.Dispose();
            await environment.Error.WriteLineAsync("interrupted; what has arrived stays, and the same command goes on from there");
            return ExitCode.Interrupted;
        }

        connection.Dispose();
        progress.Dispose();
        if (environment.IsJson)
        {
            environment.Output.WriteLine(new JsonObject { ["paths"] = new JsonArray([.. places.Select(place => JsonValue.Create(place))]) }.ToJsonString());
            return ExitCode.Done;
        }

        places.ForEach(environment.Output.WriteLine);
        return ExitCode.Done;
    }

    private static async Task<List<string>> FilesAsync(HubClient hub, HubRepositoryId id, HubDownloadSettings settings, CancellationToken cancellationToken)
    {
        var revision = HubRevision.Parse(settings.Revision);
        if (settings.Files is [var only])
        {
            return [await hub.DownloadFileAsync(id, only, revision, cancellationToken)];
        }

        var snapshot = await hub.DownloadFilesAsync(id, settings.Files, revision, cancellationToken);
        return [.. settings.Files.Select(path => HubPaths.Join(snapshot.Folder, path))];
    }

    // The place of a pipeline is its folder, that of a LoRA its file.
    private static async Task<string> ModelAsync(HubClient hub, HubRepositoryId id, HubDownloadSettings settings, CancellationToken cancellationToken)
    {
        var request = new HubPipelineRequest { Revision = HubRevision.Parse(settings.Revision), Variant = settings.Variant.Length > 0 ? settings.Variant : null };
        var snapshot = await hub.DownloadModelAsync(id, request, cancellationToken);
        return ModelLocator.Find(snapshot.Folder) is null ? HubPaths.Join(snapshot.Folder, snapshot.Files[0]) : snapshot.Folder;
    }
}
