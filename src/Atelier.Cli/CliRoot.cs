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
    private readonly CliEnvironment _environment;

    public CliRoot(CliEnvironment environment)
    {
        _environment = environment;
        Command = new RootCommand("Fine-tunes Stable Diffusion with reinforcement learning, without Python.") { _quiet, _json };
        Command.TreatUnmatchedTokensAsErrors = false;
        Command.Options.OfType<HelpOption>().Single().Action = new HelpPage(environment.Output, _pages);
        Command.SetAction(RunRoot);
        _pages[Command] = writer => HelpWriter.WriteRoot(writer, Command);
    }

    public RootCommand Command { get; }

    public void Add<TSettings>(Command command, string remarks, TrainSources? sources, Func<TSettings, IEnumerable<string>> check, CommandHandler<TSettings> handler)
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
            var environment = _environment with { IsQuiet = result.GetValue(_quiet), IsJson = result.GetValue(_json) };
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
        Command.Add(command);
        _pages[command] = writer => HelpWriter.WriteCommand(writer, command, options, remarks, sources?.Options ?? []);
    }

    private int RunRoot(ParseResult result)
    {
        if (result.UnmatchedTokens is not [var word, ..])
        {
            HelpWriter.WriteRoot(_environment.Error, Command);
            return ExitCode.WrongRequest;
        }

        var names = Command.Subcommands.Select(command => command.Name);
        throw new RequestException($"unknown command \"{word}\" (known: {string.Join(", ", names)}){Spelling.Suggest(word, names)}");
    }
}
