using System.Text.Json.Nodes;
using Atelier.Cli;
using Atelier.Testing;
using Atelier.Training.Runs;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>A run that trained is never lost to a push that failed.</summary>
public sealed class FailedPushTests(PublishedRun run)
{
    [Fact]
    public async Task A_hub_that_fails_costs_nothing_and_the_command_that_is_printed_tries_again()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        machine.Server.Faults.Add(FaultRule.OnPost("*/commit/*").Fail(503));

        var result = await machine.RunAsync(PublishedRun.Train("--run-name", "a run", "--push-to-hub", "--hf-hub-model-id", "alice/mine", "--hf-hub-private"));
        result.AssertComplains(ExitCode.Failed, "the run is done and kept", "503", "was not uploaded");

        AssertWhole(machine, "a run");
        Assert.DoesNotContain("README.md", machine.Server.Model("alice/mine").Head().Files.Keys);
        machine.Server.Faults.Clear();
        (await machine.RunShellAsync(Printed(result))).AssertDone();
        Assert.True(machine.Server.Model("alice/mine").IsPrivate);
        Assert.Contains("pytorch_lora_weights.safetensors", machine.Server.Model("alice/mine").Head().Files.Keys);
    }

    [Fact]
    public async Task A_script_reads_in_the_document_why_nothing_was_pushed()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        machine.Server.Faults.Add(FaultRule.OnPost("*/commit/*").Fail(503));

        var result = await machine.RunHurriedAsync(PublishedRun.Train("--run-name", "run", "--output-folder", machine.At("runs"), "--push-to-hub", "--json"));

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        var document = JsonNode.Parse(result.Output)!;
        Assert.Equal("alice/run", document["hub"]!["repository"]!.GetValue<string>());
        Assert.Contains("it was not uploaded: The hub is unavailable", document["hub"]!["problem"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Null(document["problem"]);
        Assert.Equal(machine.At("runs", "run", "final"), document["final"]!.GetValue<string>());
    }

    [Fact]
    public async Task Somebody_else_who_pushes_at_the_same_time_is_named_as_the_reason()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        var copy = await run.CopyToAsync(machine);
        machine.Server.Faults.Add(FaultRule.OnPost("*/commit/*").Once().Before(_ => machine.Server.Model("alice/mine").Commit(files => files.Add("theirs.txt", "x"))));

        (await machine.RunAsync("hub", "upload", "alice/mine", copy)).AssertComplains(ExitCode.Failed, "somebody else", "nothing of this request was written");

        Assert.Equal(["theirs.txt"], machine.Server.Model("alice/mine").Head().Files.Keys.Where(path => path != ".gitattributes"));
        (await machine.RunAsync("hub", "upload", "alice/mine", copy)).AssertDone();
        Assert.All((string[])["theirs.txt", "README.md"], path => Assert.Contains(path, machine.Server.Model("alice/mine").Head().Files.Keys));
    }

    [Fact]
    public async Task A_hub_that_goes_away_while_the_run_trains_costs_nothing()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        await using var later = await HubMachine.StartAsync();
        var training = machine.RunHurriedAsync(PublishedRun.Train("--run-name", "run", "--output-folder", machine.At("runs"), "--push-to-hub"));
        await HubMachine.UntilAsync(() => training.IsCompleted || Directory.Exists(machine.At("runs", "run")));
        await machine.Server.DisposeAsync();
        var result = await training;

        result.AssertComplains(ExitCode.Failed, "the run is done and kept", "could not be reached");
        AssertWhole(machine, "run");
        Assert.EndsWith($"hub upload alice/run {machine.At("runs", "run")}", string.Join(' ', Printed(result).Split([' ', '\\', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        (await machine.With("HF_ENDPOINT", later.Server.Endpoint).RunAsync("hub", "upload", "alice/run", "runs/run")).AssertDone();
        Assert.Contains("README.md", later.Server.Model("alice/run").Head().Files.Keys);
    }

    [Fact]
    public async Task Ctrl_c_while_it_is_pushed_leaves_the_run_and_the_repository_as_they_were()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs kill");
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        var stall = machine.Server.Faults.Add(FaultRule.OnPut().StallWhileReading(10));
        using var training = machine.Start(PublishedRun.Train("--run-name", "run", "--push-to-hub"));
        await HubMachine.UntilAsync(() => stall.Applied > 0 || training.HasExited);
        await training.InterruptAsync();
        var result = machine.Judge(await training.EndAsync());

        result.AssertComplains(ExitCode.Interrupted, "the run is done and kept", "upload was interrupted", "alice/run is as it was");
        Assert.Contains("stopping: the upload is broken off; the run is whole on disk", result.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("updates that have begun", result.Errors, StringComparison.Ordinal);
        AssertWhole(machine, "run");
        machine.Server.Faults.Clear();
        (await machine.RunShellAsync(Printed(result))).AssertDone();
        Assert.Contains("README.md", machine.Server.Model("alice/run").Head().Files.Keys);
    }

    [Fact]
    public async Task A_kill_while_it_is_uploaded_leaves_the_repository_as_it_was()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        var copy = await run.CopyToAsync(machine);
        var stall = machine.Server.Faults.Add(FaultRule.OnPut().StallWhileReading(10));
        using (var upload = machine.Start("hub", "upload", "alice/mine", copy))
        {
            await HubMachine.UntilAsync(() => stall.Applied > 0 || upload.HasExited);
            upload.Kill();
            await upload.EndAsync();
        }

        Assert.DoesNotContain("README.md", machine.Server.Model("alice/mine").Head().Files.Keys);
        machine.Server.Faults.Clear();
        (await machine.RunAsync("hub", "upload", "alice/mine", copy)).AssertDone();
        Assert.Contains("README.md", machine.Server.Model("alice/mine").Head().Files.Keys);
    }

    private static void AssertWhole(HubMachine machine, string name)
    {
        RunFolder run = new(machine.At("runs", name));
        Assert.Equal(RunManifest.Done, RunManifest.Find(run.Manifest)!.Status);
        Assert.True(File.Exists(Path.Combine(run.Final, "pytorch_lora_weights.safetensors")));
        Assert.Single(run.ListCheckpoints());
    }

    private static string Printed(CommandResult result)
    {
        const string Title = "Try again with:\n";
        return result.Errors[(result.Errors.IndexOf(Title, StringComparison.Ordinal) + Title.Length)..];
    }
}
