using System.Diagnostics;
using System.Text;
using Atelier.Cli;
using Atelier.Tests.Shared;

namespace Atelier.Tests.Runs;

/// <summary>Runs commands on a tiny model, in this process or as a process of their own, in a folder that is deleted.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("atelier-cli-").FullName;

    public static string Model { get; } = GoldenFolder.At("tiny-sd1");

    public string Output => _output.ToString();

    public string Errors => _error.ToString();

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Two epochs of four images in two steps.</summary>
    public string[] Train(params string[] more) =>
    [
        "train", "--pretrained-model", Model, "--output-folder", At("runs"), "--prompts", "quickstart", "--num-epochs", "2",
        "--sample-num-steps", "2", "--sample-guidance-scale", "1", "--sample-batch-size", "4", "--sample-num-batches-per-epoch", "1", "--train-batch-size", "2",
        "--train-clip-range", "5e-3", "--train-learning-rate", "1e-2", "--lora-rank", "2", "--per-prompt-stat-tracking", "--threads", "1",
        "--evaluation-prompts", "scenes-held-out", "--evaluation-count", "3", "--preview-count", "2", .. more,
    ];

    public Task<int> RunAsync(params string[] arguments)
    {
        _output.Clear();
        _error.Clear();
        return CliApplication.RunAsync(arguments, new CliEnvironment { Output = new StringWriter(_output), Error = new StringWriter(_error) });
    }

    public Process Start(params string[] arguments)
    {
        ProcessStartInfo info = new("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "atelier.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Folder,
        };
        return Process.Start(info)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
