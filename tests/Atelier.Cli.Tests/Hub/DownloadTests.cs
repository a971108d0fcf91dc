using System.Text.Json.Nodes;
using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary><c>atelier hub download</c>: what is fetched, from where, and what is printed.</summary>
public sealed class DownloadTests : IAsyncLifetime
{
    private const string Index = """{"_class_name":"StableDiffusionPipeline","unet":["diffusers","UNet2DConditionModel"],"scheduler":["diffusers","DDIMScheduler"],"safety_checker":[null,null]}""";

    private HubMachine _machine = null!;

    public async ValueTask InitializeAsync() => _machine = await HubMachine.StartAsync();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task A_pipeline_comes_by_branch_tag_and_commit_with_what_it_needs_and_no_more()
    {
        var model = AddPipeline();
        var first = model.Sha;
        model.AddTag("v1");
        model.AddBranch("dev/next");
        model.Commit(files => files.Add("unet/config.json", """{"next":1}"""), "dev/next");

        var printed = (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone().Output.Trim();
        Assert.Equal(Path.Combine(_machine.Repository("ns/pipe"), "snapshots", first), printed);
        Assert.Equal(
            ["model_index.json", "scheduler/scheduler_config.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"],
            Directory.EnumerateFiles(printed, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(printed, path)).Order(StringComparer.Ordinal));
        Assert.Equal(first, await File.ReadAllTextAsync(Path.Combine(_machine.Repository("ns/pipe"), "refs", "main")));

        var next = (await _machine.RunAsync("hub", "download", "ns/pipe", "--revision", "dev/next")).AssertDone().LastLine;
        Assert.Equal("""{"next":1}""", await File.ReadAllTextAsync(Path.Combine(next, "unet", "config.json")));
        Assert.True(File.Exists(Path.Combine(_machine.Repository("ns/pipe"), "refs", "dev", "next")));

        Assert.Equal(printed, (await _machine.RunAsync("hub", "download", "ns/pipe", "--revision", "v1")).AssertDone().LastLine);
        _machine.Server.Requests.Clear();
        Assert.Equal(printed, (await _machine.RunAsync("hub", "download", "ns/pipe", "--revision", first, "--quiet")).AssertDone().LastLine);
        Assert.Empty(_machine.Server.Requests);
        Assert.Equal(0, _machine.Server.Requests.CountOf("*", "*whole.ckpt"));
    }

    [Fact]
    public async Task A_variant_is_taken_where_there_is_one()
    {
        AddPipeline();

        var result = (await _machine.RunAsync("hub", "download", "ns/pipe", "--variant", "fp16", "--json")).AssertDone();
        var folder = JsonNode.Parse(result.Output)!["paths"]![0]!.GetValue<string>();
        Assert.True(File.Exists(Path.Combine(folder, "unet", "diffusion_pytorch_model.fp16.safetensors")));
        Assert.False(File.Exists(Path.Combine(folder, "unet", "diffusion_pytorch_model.safetensors")));

        (await _machine.RunAsync("hub", "download", "ns/pipe", "--variant", "bf16")).AssertComplains(ExitCode.WrongRequest, "bf16", "fp16");
    }

    [Fact]
    public async Task Files_come_by_name()
    {
        var model = AddPipeline();

        var one = (await _machine.RunAsync("hub", "download", "ns/pipe", "whole.ckpt")).AssertDone();
        Assert.Equal(model.File("whole.ckpt").Content.ToArray(), await File.ReadAllBytesAsync(one.LastLine));
        Assert.Contains("MB", one.Errors, StringComparison.Ordinal);
        var two = (await _machine.RunAsync("hub", "download", "ns/pipe", "unet/config.json", "model_index.json", "--quiet")).AssertDone();
        Assert.Equal(["config.json", "model_index.json"], two.Output.Trim().Split('\n').Select(Path.GetFileName));
        Assert.Empty(two.Errors);

        (await _machine.RunAsync("hub", "download", "ns/pipe", "unet/confg.json")).AssertComplains(ExitCode.WrongRequest, "unet/confg.json", "unet/config.json");
        (await _machine.RunAsync("hub", "download", "ns/pipe", "model_index.json", "model_indx.json")).AssertComplains(ExitCode.WrongRequest, "model_indx.json", "model_index.json");
        (await _machine.RunAsync("hub", "download", "ns/pipe", "model_index.json", "--variant", "fp16")).AssertComplains(ExitCode.WrongRequest, "variant");
    }

    [Fact]
    public async Task A_lora_comes_by_its_id()
    {
        _machine.Server.AddModel("ns/lora", files => files.AddVirtual("pytorch_lora_weights.safetensors", 5000).AddVirtual("lora_kohya.safetensors", 6000).Add("README.md", "x"));
        _machine.Server.AddModel("ns/many", files => files.AddVirtual("one.safetensors", 5000).AddVirtual("two.safetensors", 6000));
        _machine.Server.AddModel("ns/empty", files => files.Add("README.md", "x"));

        var place = (await _machine.RunAsync("hub", "download", "ns/lora")).AssertDone().LastLine;
        Assert.Equal("pytorch_lora_weights.safetensors", Path.GetFileName(place));
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(place)!, "README.md"))); // says which model it was made for
        (await _machine.RunAsync("hub", "download", "ns/many")).AssertComplains(ExitCode.WrongRequest, "one.safetensors", "two.safetensors");
        (await _machine.RunAsync("hub", "download", "ns/empty")).AssertComplains(ExitCode.WrongRequest, "ns/empty", "model_index.json");
    }

    [Fact]
    public async Task A_cached_model_costs_three_questions_at_most()
    {
        AddPipeline();
        (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone();
        _machine.Server.Requests.Clear();

        (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone();

        Assert.Equal(["/api/models/ns/pipe/revision/main"], _machine.Server.Requests.Select(request => request.RawPath));
    }

    [Fact]
    public async Task A_hub_that_is_away_is_answered_from_the_cache_with_a_warning()
    {
        AddPipeline();
        var place = (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone().LastLine;
        _machine.Server.Faults.Add(FaultRule.OnAny().Fail(503));

        var result = (await _machine.RunHurriedAsync("hub", "download", "ns/pipe")).AssertDone();

        Assert.Equal(place, result.LastLine);
        Assert.Contains("cached files of ns/pipe, which may be old", result.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("503", result.Errors, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_OFFLINE=1 uses them at once, without asking.", result.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_links_files_lie_in_the_snapshot_itself()
    {
        var model = AddPipeline();
        _machine.With("HF_HUB_DISABLE_SYMLINKS", "1");

        var folder = (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone().LastLine;

        var weights = Path.Combine(folder, "unet", "diffusion_pytorch_model.safetensors");
        Assert.Null(new FileInfo(weights).LinkTarget);
        Assert.Equal(model.File("unet/diffusion_pytorch_model.safetensors").Content.ToArray(), await File.ReadAllBytesAsync(weights));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_machine.Repository("ns/pipe"), "blobs")));
        _machine.Server.Requests.Clear();
        (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone();
        Assert.Equal(0, _machine.Server.Requests.CountOf("GET", "*/resolve/*"));
    }

    [Fact]
    public async Task Offline_there_is_no_request_and_what_is_cached_is_found()
    {
        AddPipeline();
        var place = (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone().LastLine;
        _machine.Server.Requests.Clear();
        _machine.With("HF_HUB_OFFLINE", "1");

        Assert.Equal(place, (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone().LastLine);
        Assert.Equal(Path.Combine(place, "model_index.json"), (await _machine.RunAsync("hub", "download", "ns/pipe", "model_index.json")).AssertDone().LastLine);
        (await _machine.RunAsync("hub", "download", "ns/pipe", "--variant", "fp16")).AssertComplains(ExitCode.WrongRequest, "fp16.safetensors", "HF_HUB_OFFLINE", _machine.Cache);
        (await _machine.RunAsync("hub", "download", "ns/pipe", "whole.ckpt")).AssertComplains(ExitCode.WrongRequest, "whole.ckpt", "not in the cache", "HF_HUB_OFFLINE");
        (await _machine.RunAsync("hub", "download", "ns/pipe", "--revision", "v9")).AssertComplains(ExitCode.WrongRequest, "v9", "HF_HUB_OFFLINE");
        (await _machine.RunAsync("generate", "--pretrained-model", "ns/other", "--prompt", "x")).AssertComplains(ExitCode.WrongRequest, "ns/other", "HF_HUB_OFFLINE", "unset");
        Assert.False(Directory.Exists(_machine.At("images")));
        Assert.Empty(_machine.Server.Requests);
    }

    [Fact]
    public async Task A_cache_that_can_not_be_written_is_read_and_named_where_that_is_not_enough()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs rights");
        AddPipeline();
        var place = (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone().LastLine;
        await SetRightsAsync("a-w");
        try
        {
            var read = await _machine.RunBoundAsync("hub", "download", "ns/pipe");
            Assert.SkipWhen(read is null, "needs setpriv when it runs as root");
            Assert.Equal(place, read.AssertDone().LastLine);
            var refused = (await _machine.RunBoundAsync("hub", "download", "ns/pipe", "whole.ckpt"))!.AssertComplains(ExitCode.Failed, _machine.Cache, "HF_HUB_CACHE");
            Assert.DoesNotContain("symbolic links", refused.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
        }
        finally
        {
            await SetRightsAsync("u+w");
        }
    }

    private async Task SetRightsAsync(string mode)
    {
        using var change = System.Diagnostics.Process.Start("chmod", ["-R", mode, _machine.Cache]);
        await change.WaitForExitAsync();
    }

    private HostedModel AddPipeline() => _machine.Server.AddModel("ns/pipe", files => files
        .Add("model_index.json", Index)
        .Add("README.md", "a card")
        .Add("scheduler/scheduler_config.json", "{}")
        .Add("unet/config.json", "{}")
        .AddVirtual("unet/diffusion_pytorch_model.safetensors", 1_000_000, seed: 1)
        .AddVirtual("unet/diffusion_pytorch_model.fp16.safetensors", 500_000, seed: 2)
        .AddVirtual("unet/diffusion_pytorch_model.bin", 1_000_000, seed: 3)
        .AddVirtual("whole.ckpt", 3_000_000, seed: 4));
}
