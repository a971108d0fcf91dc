using System.Text;
using Atelier.Cli;
using Atelier.Cli.Options;
using Atelier.Training.Settings;

namespace Atelier.Tests.Options;

/// <summary>Runs the command line with handlers that only remember what they were asked.</summary>
internal sealed class CliHarness
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public RunSettings? Train { get; private set; }

    public GenerateSettings? Generate { get; private set; }

    public PretrainSettings? Pretrain { get; private set; }

    public CliEnvironment? Environment { get; private set; }

    public Func<Task<int>> Work { get; set; } = () => Task.FromResult(0);

    public string Output => _output.ToString();

    public string[] Errors => _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public Task<int> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public Task<int> RunAsync(CancellationToken cancellationToken, params string[] arguments) => CliApplication.RunAsync(
        arguments,
        new CliEnvironment { Output = new StringWriter(_output), Error = new StringWriter(_error), Variables = Variables },
        new CommandHandlers
        {
            Train = (settings, environment, _) => Remember(environment, () => Train = settings),
            CheckTrain = settings => settings.Problems(),
            CheckGenerate = settings => settings.Problems(),
            Generate = (settings, environment, _) => Remember(environment, () => Generate = settings),
            PretrainTiny = (settings, environment, _) => Remember(environment, () => Pretrain = settings),
        },
        cancellationToken);

    public async Task<RunSettings> TrainAsync(params string[] arguments)
    {
        var code = await RunAsync(["train", .. arguments]);
        Xunit.Assert.True(code == 0, string.Join('\n', Errors));
        return Train!;
    }

    private Task<int> Remember(CliEnvironment environment, Action remember)
    {
        Environment = environment;
        remember();
        return Work();
    }
}
