using System.Text.Json.Nodes;
using Atelier.Cli;
using Atelier.Tests.Shared;
using Atelier.Training.Runs;
using Xunit;

namespace Atelier.Tests.Runs;

public sealed class TrainCommandTests : IDisposable
{
    private readonly CommandRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task A_run_leaves_everything_that_a_run_folder_has()
    {
        Assert.True(await _cli.RunAsync(_cli.Train("--run-name", "first", "--images-per-epoch", "3")) == ExitCode.Done, _cli.Errors);

        RunFolder run = new(_cli.At("runs", "first"));
        Assert.All([run.Config, run.Manifest, run.Metrics, run.BeforeAfter, run.RewardCurve], path => Assert.True(File.Exists(path), path));
        Assert.Equal(["checkpoint_1", "checkpoint_2"], run.ListCheckpoints().Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(run.Final, "pytorch_lora_weights.safetensors")));
        Assert.Single(Directory.GetFiles(run.TensorBoard));

        var lines = await File.ReadAllLinesAsync(Path.Combine(run.ImagesOf(1), ImageFolder.IndexFile), TestContext.Current.CancellationToken);
        Assert.Equal(4, lines.Length);
        Assert.Equal(["0000.png", "0001.png", "0002.png", null], lines.Select(line => JsonNode.Parse(line)!["file"]?.GetValue<string>()));
        Assert.Equal(3, Directory.GetFiles(run.ImagesOf(1), "*.png").Length);
        Assert.Equal(2, ImageFolder.Read(Path.Combine(run.Images, "before")).Count);

        var manifest = RunManifest.Find(run.Manifest)!;
        Assert.Equal(RunManifest.Done, manifest.Status);
        Assert.Equal(3, manifest.ModelFiles.Count);
        Assert.Equal(CommandRun.Model, manifest.ModelFolder);
        var history = RunHistory.Read(run.Metrics);
        Assert.Equal(2, history.Epochs.Count);
        Assert.Equal([0, 2], history.Evaluations.Select(evaluation => evaluation.EpochsDone));

        Assert.Contains("trained prompts", _cli.Output, StringComparison.Ordinal);
        Assert.Contains("the last epoch's samples, drawn before its updates", _cli.Output, StringComparison.Ordinal);
        Assert.Contains("held-out prompts", _cli.Output, StringComparison.Ordinal);
        Assert.Contains("--resume-from", _cli.Output, StringComparison.Ordinal);
        Assert.All(_cli.Output.Split('\n').Where(line => !line.Contains(_cli.Folder, StringComparison.Ordinal)), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task An_existing_run_is_refused_and_unnamed_runs_are_counted()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--num-epochs", "1", "--quiet")));
        Assert.Equal(_cli.At("runs", "compressibility-1", "final"), _cli.Output.Trim());
        Assert.Empty(_cli.Errors);

        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync(_cli.Train("--run-name", "compressibility-1")));
        Assert.Contains("is an earlier run: choose another run_name", _cli.Errors, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--num-epochs", "1", "--json")));
        var result = JsonNode.Parse(_cli.Output)!;
        Assert.Equal(_cli.At("runs", "compressibility-2", "final"), result["final"]!.GetValue<string>());
        Assert.Equal(1, result["epochs"]!.GetValue<int>());
        Assert.Equal(result["reward_before"]!.GetValue<double>(), result["reward_after"]!.GetValue<double>());
    }

    [Fact]
    public async Task All_problems_are_told_before_anything_is_written()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync(_cli.Train("--reward", "blueness1", "--threads", "-1", "--pretrained-model", "no/such/model")));

        Assert.Contains("did you mean blueness?", _cli.Errors, StringComparison.Ordinal);
        Assert.Contains("threads must be 0 or more", _cli.Errors, StringComparison.Ordinal);
        Assert.Contains("pretrained_model: \"no/such/model\"", _cli.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_cli.At("runs")));
    }

    [Fact]
    public async Task The_caption_reward_needs_a_judge_and_prompts_that_it_can_judge()
    {
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync(_cli.Train("--reward", "caption", "--prompts", "simple-animals")));

        Assert.Contains("judge.safetensors", _cli.Errors, StringComparison.Ordinal);
        Assert.Contains("can't judge the prompt \"cat\"", _cli.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clip_range_for_other_latents_is_warned_about()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--num-epochs", "1", "--train-clip-range", "1e-4")));

        Assert.Contains("warning: train_clip_range is 0.0001.", _cli.Errors, StringComparison.Ordinal);
        Assert.Contains("1.6e-3 here", _cli.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal); // 1e-4 · 16384 / (4 · 16 · 16)
    }

    [Fact]
    public async Task A_resumed_run_equals_an_uninterrupted_one_to_the_last_bit()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--run-name", "whole", "--quiet")));
        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--run-name", "parts", "--quiet", "--num-epochs", "1")));
        Assert.True(await _cli.RunAsync("train", "--resume-from", "last", "--output-folder", _cli.At("runs"), "--run-name", "parts", "--num-epochs", "2") == ExitCode.Done, _cli.Errors);

        foreach (var file in (string[])["metrics.jsonl", "checkpoints/checkpoint_2/trained.safetensors", "checkpoints/checkpoint_2/optimizer.safetensors", "final/pytorch_lora_weights.safetensors", "images/after/0001.png"])
        {
            Assert.True(File.ReadAllBytes(_cli.At("runs", "whole", file)).AsSpan().SequenceEqual(File.ReadAllBytes(_cli.At("runs", "parts", file))), file);
        }

        Assert.Equal(1, Assert.Single(RunManifest.Find(_cli.At("runs", "parts", "manifest.json"))!.Resumptions).EpochsDone);
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("train", "--resume-from", _cli.At("runs", "parts")));
        Assert.Contains("has done 2 epochs already", _cli.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_can_go_on_from_an_earlier_checkpoint()
    {
        Assert.Equal(ExitCode.Done, await _cli.RunAsync(_cli.Train("--run-name", "run", "--quiet")));
        var before = await File.ReadAllBytesAsync(_cli.At("runs", "run", "metrics.jsonl"), TestContext.Current.CancellationToken);

        Assert.True(await _cli.RunAsync("train", "--quiet", "--resume-from", _cli.At("runs", "run", "checkpoints", "checkpoint_1")) == ExitCode.Done, _cli.Errors);

        Assert.Equal(before, await File.ReadAllBytesAsync(_cli.At("runs", "run", "metrics.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_interrupted_run_says_how_to_go_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs kill");
        using var process = _cli.Start(_cli.Train("--run-name", "long", "--num-epochs", "10000"));
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        RunFolder run = new(_cli.At("runs", "long"));
        while (run.ListCheckpoints().Count == 0 && !process.HasExited)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        using (var kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == ExitCode.Interrupted, await errors);
        Assert.Contains("train --resume-from", string.Join(' ', (await errors).Split((char[])[' ', '\n', '\\'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(RunManifest.Interrupted, RunManifest.Find(run.Manifest)!.Status);

        var done = ResumePoint.Find(run.Path, "", "").State.EpochsDone;
        Assert.True(await _cli.RunAsync("train", "--quiet", "--resume-from", run.Path, "--num-epochs", $"{done + 1}") == ExitCode.Done, _cli.Errors);
    }

    [Fact]
    public async Task A_whole_model_can_be_trained_and_drawn_with()
    {
        Assert.True(await _cli.RunAsync(_cli.Train("--run-name", "whole", "--num-epochs", "1", "--no-use-lora", "--train-learning-rate", "1e-4")) == ExitCode.Done, _cli.Errors);

        Assert.True(await _cli.RunAsync("generate", "--pretrained-model", _cli.At("runs", "whole"), "--prompt", "a red circle", "--num-steps", "2", "--output-folder", _cli.At("images")) == ExitCode.Done, _cli.Errors);
        Assert.Equal(ExitCode.WrongRequest, await _cli.RunAsync("generate", "--lora", _cli.At("runs", "whole"), "--prompt", "a red circle"));
        Assert.Contains("trained as a whole", _cli.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Negative_prompts_go_with_their_prompts()
    {
        Assert.True(
            await _cli.RunAsync(_cli.Train("--num-epochs", "1", "--sample-guidance-scale", "3", "--negative-prompts", "one", "--negative-prompts", "two", "--negative-prompts", "three", "--negative-prompts", "four")) == ExitCode.Done,
            _cli.Errors);
    }

    [Fact]
    public void The_embedded_model_is_found_from_a_test()
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(GoldenFolder.RepositoryRoot, "models", "tiny-sd")), "The embedded model is not there.");
        Assert.NotNull(ModelLocator.Find(ModelLocator.EmbeddedName));
    }
}
