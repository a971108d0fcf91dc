using System.Text.Json.Nodes;
using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary><c>atelier hub cache</c>.</summary>
public sealed class CacheCommandTests : IAsyncLifetime
{
    private HubMachine _machine = null!;
    private HostedModel _model = null!;
    private string _first = "";

    public async ValueTask InitializeAsync()
    {
        _machine = await HubMachine.StartAsync();
        _model = _machine.Server.AddModel("ns/one", files => files.AddVirtual("pytorch_lora_weights.safetensors", 300_000).Add("config.json", "{}"));
        _first = _model.Sha;
        _machine.Server.AddModel("ns/two", files => files.AddVirtual("pytorch_lora_weights.safetensors", 200_000, seed: 2));
        (await _machine.RunHereAsync("hub", "download", "ns/one", "pytorch_lora_weights.safetensors", "config.json")).AssertDone();
        _model.Commit(files => files.AddVirtual("pytorch_lora_weights.safetensors", 400_000, seed: 3));
        (await _machine.RunHereAsync("hub", "download", "ns/one", "pytorch_lora_weights.safetensors", "config.json")).AssertDone();
        (await _machine.RunHereAsync("hub", "download", "ns/two")).AssertDone();
    }

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task What_is_there_is_listed_with_its_size()
    {
        var lines = (await _machine.RunAsync("hub", "cache")).AssertDone().Output.Split('\n');

        Assert.Equal("ns/one  700 kB", lines[0]);
        Assert.Contains(lines, line => line.StartsWith($"  {_model.Sha[..12]}  2 files, 400 kB, ", StringComparison.Ordinal) && line.EndsWith("  main", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"  {_first[..12]}  2 files, 300 kB, ", StringComparison.Ordinal) && !line.EndsWith("main", StringComparison.Ordinal));
        Assert.Contains($"{_machine.Cache}: 2 repositories, 900 kB", lines);

        var json = JsonNode.Parse((await _machine.RunAsync("hub", "cache", "ns/two", "--json")).AssertDone().Output)!;
        var only = Assert.Single(json["repositories"]!.AsArray())!;
        Assert.Equal(("ns/two", 200_000L), (only["id"]!.GetValue<string>(), only["bytes"]!.GetValue<long>()));
    }

    [Fact]
    public async Task A_damaged_file_is_found()
    {
        (await _machine.RunAsync("hub", "cache", "--verify")).AssertDone();
        var blob = Path.Combine(_machine.Repository("ns/one"), "blobs", _model.File("pytorch_lora_weights.safetensors").Id);
        await using (var file = new FileStream(blob, FileMode.Open))
        {
            file.Position = 1000;
            file.Write("damage"u8);
        }

        var result = await _machine.RunAsync("hub", "cache", "--verify");
        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains(blob, result.Output, StringComparison.Ordinal);
        Assert.Contains($"(pytorch_lora_weights.safetensors of ns/one at {_model.Sha[..12]}): its content has the hash", result.Output, StringComparison.Ordinal);
        Assert.Contains("4 files hashed, 1 wrong. Put it right with:\n", result.Output, StringComparison.Ordinal);

        (await _machine.RunAsync("hub", "cache", "ns/two", "--verify")).AssertDone();
        var json = await _machine.RunAsync("hub", "cache", "--verify", "--json");
        Assert.Equal(ExitCode.Failed, json.ExitCode);
        var fault = Assert.Single(JsonNode.Parse(json.Output)!["faults"]!.AsArray())!;
        Assert.Equal(("ns/one", _model.Sha), (fault["repository"]!.GetValue<string>(), Assert.Single(fault["files"]!.AsArray())!["commit"]!.GetValue<string>()));

        var commands = Printed(result);
        Assert.Equal(["hub cache ns/one --delete --yes", "hub download ns/one"], commands.Select(line => line[line.IndexOf("hub ", StringComparison.Ordinal)..]));
        (await _machine.RunShellAsync(string.Join(" && ", commands))).AssertDone();
        (await _machine.RunAsync("hub", "cache", "--verify")).AssertDone();
    }

    [Fact]
    public async Task A_damaged_content_that_belongs_to_no_commit_is_freed_and_not_fetched()
    {
        var alone = Path.Combine(_machine.Repository("ns/one"), "blobs", new string('a', 64));
        await File.WriteAllBytesAsync(alone, new byte[10]);

        var result = await _machine.RunAsync("hub", "cache", "ns/one", "--verify");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        var command = Assert.Single(Printed(result));
        Assert.EndsWith("hub cache ns/one --delete --unused --yes", command, StringComparison.Ordinal);
        (await _machine.RunShellAsync(command)).AssertDone();
        Assert.False(File.Exists(alone));
        (await _machine.RunAsync("hub", "cache", "--verify")).AssertDone();
    }

    [Fact]
    public async Task What_is_one_is_not_counted_as_many()
    {
        Assert.Contains("1 file, 200 kB", (await _machine.RunAsync("hub", "cache", "ns/two")).AssertDone().Output, StringComparison.Ordinal);
        Assert.Contains($"{_machine.Cache}: 1 repository, 200 kB", (await _machine.RunAsync("hub", "cache", "ns/two")).AssertDone().Output, StringComparison.Ordinal);
        Assert.Equal("1 file hashed, 0 wrong.\n", (await _machine.RunAsync("hub", "cache", "ns/two", "--verify")).AssertDone().Output);
    }

    [Fact]
    public async Task A_file_that_cant_be_read_is_found_and_the_others_are_checked()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights.");
        var blobs = Path.Combine(_machine.Repository("ns/one"), "blobs");
        var (closed, damaged) = (Path.Combine(blobs, _model.File("config.json").Id), Path.Combine(blobs, _model.File("pytorch_lora_weights.safetensors").Id));
        await using (var file = new FileStream(damaged, FileMode.Open))
        {
            file.Write("damage"u8);
        }

        using (var change = System.Diagnostics.Process.Start("chmod", ["a-rwx", closed]))
        {
            await change.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var result = await _machine.RunBoundAsync("hub", "cache", "--verify");

        Assert.SkipWhen(result is null, "needs setpriv when it runs as root");
        Assert.Equal(ExitCode.Failed, result.ExitCode);
        var lines = result.Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith(closed, StringComparison.Ordinal) && line.Contains("it can't be read (", StringComparison.Ordinal) && line.Contains("the right to read it", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith(damaged, StringComparison.Ordinal) && line.Contains("its content has the hash", StringComparison.Ordinal));
        Assert.Contains("4 files hashed, 2 wrong", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_says_first_what_it_frees()
    {
        var before = _machine.Files("hf");
        var asked = (await _machine.RunAsync("hub", "cache", _first[..8], "--delete")).AssertDone();
        Assert.Contains($"ns/one {_first[..12]}", asked.Output, StringComparison.Ordinal);
        Assert.Contains("this would free 300 kB; add --yes", asked.Output, StringComparison.Ordinal);
        Assert.Equal(before, _machine.Files("hf"));

        var done = (await _machine.RunAsync("hub", "cache", _first[..8], "--delete", "--yes")).AssertDone();
        Assert.Contains("300 kB are free again", done.Output, StringComparison.Ordinal);
        Assert.Equal([_model.Sha], Directory.GetDirectories(Path.Combine(_machine.Repository("ns/one"), "snapshots")).Select(Path.GetFileName));
        (await _machine.With("HF_HUB_OFFLINE", "1").RunAsync("hub", "download", "ns/one", "config.json")).AssertDone();

        (await _machine.RunAsync("hub", "cache", "ns/one", "ns/two", "--delete", "--yes")).AssertDone();
        Assert.Empty(Directory.GetDirectories(_machine.Cache, "models--*"));
    }

    [Fact]
    public async Task A_download_that_broke_off_is_freed_when_it_is_said_so()
    {
        var broken = Path.Combine(_machine.Repository("ns/one"), "blobs", new string('a', 64) + ".atelier.incomplete");
        await File.WriteAllBytesAsync(broken, new byte[5_000]);
        var alone = Path.Combine(_machine.Repository("ns/three"), "blobs", new string('b', 64) + ".atelier.incomplete");
        Directory.CreateDirectory(Path.GetDirectoryName(alone)!);
        await File.WriteAllBytesAsync(alone, new byte[3_000]);
        var before = _machine.Files("hf");

        var listed = (await _machine.RunAsync("hub", "cache")).AssertDone().Output;
        Assert.Contains("ns/one  705 kB, 5.0 kB of it unused", listed, StringComparison.Ordinal);
        Assert.Contains("--delete --unused", listed, StringComparison.Ordinal);

        var asked = (await _machine.RunAsync("hub", "cache", "--delete", "--unused")).AssertDone().Output;
        Assert.Equal([broken, alone, "this would free 8.0 kB; add --yes to delete"], asked.TrimEnd().Split('\n'));
        Assert.Equal(before, _machine.Files("hf"));

        (await _machine.RunAsync("hub", "cache", "ns/one", "--delete", "--unused", "--yes")).AssertDone();
        Assert.False(File.Exists(broken));
        Assert.True(File.Exists(alone));
        var json = JsonNode.Parse((await _machine.RunAsync("hub", "cache", "ns/three", "--delete", "--yes", "--json")).AssertDone().Output)!;
        Assert.Equal(alone, Assert.Single(json["unused"]!.AsArray())!.GetValue<string>());
        Assert.False(Directory.Exists(_machine.Repository("ns/three")));
        Assert.DoesNotContain("unused", (await _machine.RunAsync("hub", "cache")).AssertDone().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_that_goes_on_is_never_deleted()
    {
        _machine.Server.AddModel("ns/big", files => files.AddVirtual("pytorch_lora_weights.safetensors", 4_000_000, seed: 5));
        var stall = _machine.Server.Faults.Add(FaultRule.OnContent("pytorch_lora_weights.safetensors").SilentAfter(1_000_000));
        using var download = _machine.Start("hub", "download", "ns/big");
        await HubMachine.UntilAsync(() => (stall.Applied > 0 && Blobs().Any(path => new FileInfo(path).Length > 0)) || download.HasExited);

        var kept = (await _machine.RunAsync("hub", "cache", "ns/big", "--delete", "--yes")).AssertDone().Output;

        Assert.Contains($"{Assert.Single(Blobs())} stays: it is being written now\n0 B are free again", kept, StringComparison.Ordinal);
        download.Kill();
        await download.EndAsync();
        (await _machine.RunAsync("hub", "cache", "ns/big", "--delete", "--yes")).AssertDone();
        Assert.False(Directory.Exists(_machine.Repository("ns/big")));

        string[] Blobs() => Directory.Exists(Path.Combine(_machine.Repository("ns/big"), "blobs")) ? Directory.GetFiles(Path.Combine(_machine.Repository("ns/big"), "blobs")) : [];
    }

    [Fact]
    public async Task Names_that_are_not_there_and_half_requests_are_refused()
    {
        (await _machine.RunAsync("hub", "cache", "ns/three")).AssertComplains(ExitCode.WrongRequest, "ns/three", _machine.Cache);
        (await _machine.RunAsync("hub", "cache", "--delete", "--yes")).AssertComplains(ExitCode.WrongRequest, "--delete needs names");
        (await _machine.RunAsync("hub", "cache", "ns/one", "--yes")).AssertComplains(ExitCode.WrongRequest, "--yes means nothing without --delete");
        (await _machine.RunAsync("hub", "cache", "--unused")).AssertComplains(ExitCode.WrongRequest, "--unused means nothing without --delete");
        (await _machine.RunAsync("hub", "cache", _first[..8], "--delete", "--unused")).AssertComplains(ExitCode.WrongRequest, "name repositories");
        (await _machine.RunAsync("hub", "cache", "../..", "--delete", "--yes")).AssertComplains(ExitCode.WrongRequest, "../..");
    }

    private static string[] Printed(CommandResult result) => [.. result.Output.Replace(" \\\n     ", "", StringComparison.Ordinal).TrimEnd().Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal))];
}
