using System.CommandLine;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Options;

namespace Atelier.Cli;

/// <summary>Understands a command line, runs its command and turns what happens into an exit code.</summary>
public static class CliApplication
{
    private static readonly ParserConfiguration ParserConfiguration = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Runs the command that the arguments ask for.</summary>
    /// <param name="arguments">What was typed after the program's name.</param>
    /// <param name="environment">Where to print, and the environment variables.</param>
    /// <param name="handlers">What the commands do; null for what they do in the product.</param>
    /// <param name="cancellationToken">Asks the command to stop.</param>
    /// <returns>One of <see cref="ExitCode"/>'s numbers. Complaints have been written to the error output, all at once, one a line.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        CliEnvironment environment,
        CommandHandlers? handlers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);

        try
        {
            var result = CreateRoot(environment, handlers ?? new CommandHandlers()).Parse([.. arguments.SelectMany(SplitEmptyValue)], ParserConfiguration);
            if (result.Errors.Count > 0 && result.Action is not HelpPage)
            {
                throw new RequestException([.. result.Errors.Select(error => error.Message)]);
            }

            InvocationConfiguration configuration = new()
            {
                Output = environment.Output,
                Error = environment.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (RequestException wrong)
        {
            foreach (var problem in wrong.Problems)
            {
                await environment.Error.WriteLineAsync($"error: {problem}");
            }

            return ExitCode.WrongRequest;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await environment.Error.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (HubException error)
        {
            await environment.Error.WriteLineAsync($"error: {error.Message}");
            return error.IsRequestFault ? ExitCode.WrongRequest : ExitCode.Failed;
        }
        catch (Exception error)
        {
            var isTraced = EnvironmentLayer.Find("trace", environment) is not null;
            await environment.Error.WriteLineAsync(isTraced ? $"error: {error}" : $"error: {error.Message.ReplaceLineEndings(" ")} ({EnvironmentLayer.Spell("trace")}=1 shows where)");
            return ExitCode.Failed;
        }
    }

    // The parser drops the value of --name= otherwise.
    private static string[] SplitEmptyValue(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=', StringComparison.Ordinal) == argument.Length - 1
            ? [argument[..^1], ""]
            : [argument];

    private static RootCommand CreateRoot(CliEnvironment environment, CommandHandlers handlers)
    {
        CliRoot root = new(environment);
        TrainSources sources = new();
        root.Add(
            new Command("train", "Fine-tunes a model so that its images earn more of a reward (DDPO)."),
            "Each setting is looked for in a recipe, a file, the environment (ATELIER_SAMPLE_BATCH_SIZE=6) and the command line; the last one that has it wins. "
            + "TRL's spellings work too: --sample_batch_size=6, --ddpo_config.sample_batch_size=6.",
            sources,
            handlers.CheckTrain,
            handlers.Train);
        root.Add(
            new Command("generate", "Makes pictures with a model, and with a LoRA that a run has trained."),
            "Each setting can also be an environment variable: ATELIER_GUIDANCE_SCALE=5.",
            sources: null,
            handlers.CheckGenerate,
            handlers.Generate);
        AddHub(root, handlers);
        root.Add(
            new Command("doctor", "Says what this machine has: libtorch, device, model, cache, and whom the hub's token belongs to."),
            "Ends with 1 when something is wrong.",
            sources: null,
            _ => [],
            handlers.Doctor);
        root.Add(
            new Command("pretrain-tiny", "Makes the embedded model anew, from drawn and captioned pictures."),
            "Each setting can also be an environment variable: ATELIER_MINUTES=20.",
            sources: null,
            settings => settings.Problems(),
            handlers.PretrainTiny);
        return root.Command;
    }

    private static void AddHub(CliRoot root, CommandHandlers handlers)
    {
        const string Token = "The token is taken from --token, HF_TOKEN, or the login of the official client.";
        var group = root.AddGroup(new Command("hub", "Exchanges models with the Hugging Face hub."));
        root.Add(
            new Command("download", "Brings a model, or files of it, into the cache that is shared with Python."),
            $"Prints where it is. A transfer that broke off goes on where it stopped; every file is checked by size and hash. {Token}",
            sources: null,
            settings => settings.Problems(),
            handlers.HubDownload,
            group);
        root.Add(
            new Command("upload", "Uploads a run with its model card, or any folder or file, as one commit."),
            $"Files that the repository has already are not sent again. Whatever fails before the commit leaves the repository as it was. {Token}",
            sources: null,
            settings => settings.Problems(),
            handlers.HubUpload,
            group);
        root.Add(
            new Command("card", "Writes the model card of a run beside its model, without uploading it."),
            "Card and pictures go into the run's final/, which is what hub upload sends.",
            sources: null,
            settings => settings.Problems(),
            handlers.HubCard,
            group);
        root.Add(
            new Command("cache", "Lists what the cache holds, verifies it, and deletes from it."),
            "The cache is shared with Python's huggingface_hub.",
            sources: null,
            settings => settings.Problems(),
            handlers.HubCache,
            group);
    }
}
