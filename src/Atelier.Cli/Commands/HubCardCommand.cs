using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Cli.Options;
using Atelier.Training.Runs;

namespace Atelier.Cli.Commands;

/// <summary>Writes a run's model card without uploading it: <c>atelier hub card</c>.</summary>
public static class HubCardCommand
{
    /// <summary>Runs the command. The card's path is the only line of output.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C; looked at once, since it takes a moment.</param>
    /// <returns>The exit code: 1 where the hub would refuse the card.</returns>
    /// <exception cref="RequestException">The run has no trained model, or the card that is there can't be read.</exception>
    public static Task<int> RunAsync(HubCardSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);

        cancellationToken.ThrowIfCancellationRequested();
        var written = Loading.Try(() => RunCard.Write(new RunFolder(settings.Run), new RunCardOptions
        {
            RepositoryId = settings.Repository.Length > 0 ? settings.Repository : null,
            BaseModel = settings.BaseModel.Length > 0 ? settings.BaseModel : null,
            License = settings.License.Length > 0 ? settings.License : null,
            ReplacesCard = settings.Replace,
        }));
        var (problems, warnings) = (written.Card.Problems(), written.Card.Warnings());
        var path = Path.Combine(written.Folder, ModelCard.FileName);
        if (environment.IsJson)
        {
            environment.Output.WriteLine(new JsonObject
            {
                ["card"] = path,
                ["notes"] = new JsonArray([.. written.Notes.Select(note => JsonValue.Create(note))]),
                ["warnings"] = new JsonArray([.. warnings.Select(warning => JsonValue.Create(warning))]),
                ["problems"] = new JsonArray([.. problems.Select(problem => JsonValue.Create(problem))]),
            }.ToJsonString());
        }
        else
        {
            environment.Output.WriteLine(path);
            WriteLines("note", environment.IsQuiet ? [] : written.Notes);
            WriteLines("warning", warnings);
            WriteLines("error", problems);
        }

        return Task.FromResult(problems.Count == 0 ? ExitCode.Done : ExitCode.Failed);

        void WriteLines(string kind, IEnumerable<string> lines)
        {
            foreach (var line in lines)
            {
                environment.Error.WriteLine($"{kind}: {line}");
            }
        }
    }
}
