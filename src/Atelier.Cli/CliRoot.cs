using System.CommandLine;
using System.CommandLine.Help;
using Atelier.Cli.Options;
using Atelier.Training.Settings;

namespace Atelier.Cli;

/// <summary>Builds the root command: the options of every command, the help pages, and commands whose options are settings.</summary>
internal sealed class CliRoot
{
    private readonly Dictionary<Command, Action<TextWriter>> _pages = [];
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Recursive = true, Description = "Shows no progress." };
    private readonly Option<bool> _json = new("--json") { Recursive = true, Description = "Writes results as JSON, for scripts." };
    private readonly Option<string> _token = new("--token", "--hf-user-access-token", "--hf_user_access_token")
    {
        Recursive = true,
        HelpName = "TOKEN",
        Description = "Sets the access token of the Hugging Face hub. Other users of the machine can see command lines: HF_TOKEN, or the login of the official client, is better.",
    };

    private readonly CliEnvironment _environment;

    public CliRoot(CliEnvironment environment)
    {
        _environment = environment;
        Command = new RootCommand("Fine-tunes Stable Diffusion with reinforcement learning, without Python.") { _quiet, _json, _token };
        Command.TreatUnmatchedTokensAsErrors = false;
        Command.Options.OfType<HelpOption>().Single().Action = new HelpPage(environment.Output, _pages);
        Command.SetAction(result => RunGroup(Command, result, HelpWriter.WriteRoot));
        _pages[Command] = writer => HelpWriter.WriteRoot(writer, Command);
    }

    public RootCommand Command { get; }

    /// <summary>Adds a command that only groups others.</summary>
    public Command AddGroup(Command group)
    {
        group.TreatUnmatchedTokensAsErrors = false;
        group.SetAction(result => RunGroup(group, result, HelpWriter.WriteGroup));
        Command.Add(group);
        _pages[group] = writer => HelpWriter.WriteGroup(writer, group);
        return group;
    }

    /// <summary>Adds a command whose options are settings.</summary>
    public void Add<TSettings>(Command command, string remarks, TrainSources? sources, Func<TSettings, IEnumerable<string>> check, CommandHandler<TSettings> handler, Command? group = null)
        where TSettings : class, new()
    {
        var schema = SettingsSchema.Of<TSettings>();
        SettingsOptions options = new(schema);
        options.AddTo(command);
        foreach (var option in sources?.Options ?? [])
        {
            command.Add(option);
        }

        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (result, cancellationToken) =>
        {
            var environment = _environment with { IsQuiet = result.GetValue(_quiet), IsJson = result.GetValue(_json), Token = result.GetValue(_token) };
            if (sources?.IsListWanted(result) == true)
            {
                TrainSources.WriteRecipes(environment);
                return ExitCode.Done;
            }

            List<string> problems = [.. options.ExplainUnmatched(result.UnmatchedTokens)];
            List<SettingsLayer> layers = [EnvironmentLayer.Read(schema, environment, problems), options.Read(result, problems)];
            layers.InsertRange(0, sources?.Read(result, environment, layers, problems) ?? []);
            var settings = schema.Bind<TSettings>(layers);
            problems.AddRange(check(settings).Where(problem => !layers.Exists(layer => layer.Explains(problem))));
            return problems.Count == 0
                ? await handler(settings, environment, cancellationToken)
                : throw new RequestException(problems);
        });
        (group ?? Command).Add(command);
        _pages[command] = writer => HelpWriter.WriteCommand(writer, command, options, remarks, sources?.Options ?? []);
    }

    private int RunGroup<TCommand>(TCommand group, ParseResult result, Action<TextWriter, TCommand> writeHelp)
        where TCommand : Command
    {
        if (result.UnmatchedTokens is not [var word, ..])
        {
            writeHelp(_environment.Error, group);
            return ExitCode.WrongRequest;
        }

        var names = group.Subcommands.Select(command => command.Name);
        throw new RequestException($"unknown command \"{word}\" (known: {string.Join(", ", names)}){Spelling.Suggest(word, names)}");
    }
}
