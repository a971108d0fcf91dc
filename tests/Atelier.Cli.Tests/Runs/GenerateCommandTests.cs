using System.Text.Json.Nodes;
using Atelier.Cli;
using Xunit;

namespace Atelier.Tests.Runs;

public sealed class GenerateCommandTests : IDisposable
{
    private readonly CommandRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes()
    {
        string[] request = ["generate", "--pretrained-model", CommandRun.Model, "--prompt", "A red, round circle!", "--prompt", "ring", "--count", "2", "--seed", "7", "--num-steps", "2"];

        Assert.True(await _cli.RunAsync([.. request, "--output-folder", _cli.At("one")]) == ExitCode.Done, _cli.Errors);
        Assert.Equal(
            ["a-red-round-circle-7.png", "a-red-round-circle-8.png", "ring-7.png", "ring-8.png"],
            _cli.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFileName));

        Assert.Equal(ExitCode.Done, await _cli.RunAsync([.. request, "--output-folder", _cli.At("two"), "--json"]));
        var images = JsonNode.Parse(_cli.Output)!["images"]!.AsArray();
        Assert.Equal(4, images.Count);
        Assert.Equal(8, images[3]!["seed"]!.GetValue<long>());
        Assert.All(Directory.GetFiles(_cli.At("one"), "*.png"), path => Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_cli.At("two", Path.GetFileName(path)))));
        Assert.Equal(4, File.ReadAllLines(_cli.At("two", "index.jsonl")).Length);
    }

    [Fact]
    public async Task A_run_brings_its_model_and_its_lora()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--run-name", "run", "--quiet")));
        string[] request = ["generate", "--prompt", "a circle", "--num-steps", "2", "--quiet"];

        Assert.True(await _cli.RunAsync([.. request, "--lora", _cli.At("runs", "run"), "--output-folder", _cli.At("run")]) == ExitCode.Done, _cli.Errors);
        Assert.True(await _cli.RunAsync([.. request, "--lora", _cli.At("runs", "run", "final", "lora_kohya.safetensors"), "--output-folder", _cli.At("file")]) == ExitCode.Done, _cli.Errors);
        Assert.True(await _cli.RunAsync([.. request, "--pretrained-model", CommandRun.Model, "--output-folder", _cli.At("bare")]) == ExitCode.Done, _cli.Errors);

        var adapted = File.ReadAllBytes(_cli.At("run", "a-circle-0.png"));
        Assert.Equal(adapted, File.ReadAllBytes(_cli.At("file", "a-circle-0.png")));
        Assert.NotEqual(adapted, File.ReadAllBytes(_cli.At("bare", "a-circle-0.png")));
    }

    [Fact]
    public async Task A_missing_lora_and_a_wrong_size_are_refused()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("generate", "--prompt", "x", "--lora", "nowhere", "--pretrained-model", "gone", "--width", "12"));
        Assert.Contains("lora: there is no file or folder nowhere", _cli.Errors, StringComparison.Ordinal);
        Assert.Contains("pretrained_model: \"gone\"", _cli.Errors, StringComparison.Ordinal);
        Assert.Contains("width must be a multiple of 8", _cli.Errors, StringComparison.Ordinal);
    }
}
