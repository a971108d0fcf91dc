using Atelier.Tests.Hub;
using Xunit;

[assembly: AssemblyFixture(typeof(PublishedRun))]

namespace Atelier.Tests.Hub;

/// <summary>One run that was trained and pushed, for all tests that need one; it is made when the first of them asks.</summary>
public sealed class PublishedRun : IAsyncLifetime
{
    public const string Id = "alice/circles";
    public const string Name = "circles";

    private readonly Lazy<Task<HubMachine>> _machine = new(MakeAsync);

    /// <summary>The arguments that make the shortest training.</summary>
    internal static string[] Train(params string[] more) =>
    [
        "train", "--recipe", "none", "--num-epochs", "1", "--prompts", "quickstart", "--sample-num-steps", "2", "--sample-guidance-scale", "1", "--sample-batch-size", "2",
        "--sample-num-batches-per-epoch", "1", "--train-batch-size", "1", "--train-learning-rate", "1e-2", "--train-clip-range", "1e-2", "--lora-rank", "2", "--threads", "1", "--preview-count", "2", .. more,
    ];

    /// <summary>The arguments that draw two small pictures.</summary>
    internal static string[] Draw(params string[] more) => ["generate", "--prompt", "a red circle", "--count", "2", "--num-steps", "2", "--threads", "1", .. more];

    /// <summary>The machine that it was trained on, with the run in <c>runs/circles</c>, and the hub that it was pushed to. Tests leave both as they are.</summary>
    internal Task<HubMachine> FindAsync() => _machine.Value;

    /// <summary>Copies the run to another machine.</summary>
    internal async Task<string> CopyToAsync(HubMachine machine)
    {
        var source = (await FindAsync()).At("runs", Name);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(machine.At("runs", Name), Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return Path.Combine("runs", Name);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_machine.IsValueCreated)
        {
            await (await _machine.Value).DisposeAsync();
        }
    }

    private static async Task<HubMachine> MakeAsync()
    {
        var machine = (await HubMachine.StartAsync()).LogIn();
        (await machine.RunAsync(Train("--run-name", Name, "--push-to-hub", "--hf-hub-model-id", Id))).AssertDone();
        return machine;
    }
}
