using System.Diagnostics;
using System.Globalization;
using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>Downloads that are killed, interrupted, or made by two processes at once.</summary>
public sealed class BrokenDownloadTests : IAsyncLifetime
{
    private const string Name = "x.safetensors";
    private const int Length = 8_000_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly string[] Download = ["hub", "download", "ns/one", Name];

    private HubMachine _machine = null!;
    private HostedFile _file = null!;

    public async ValueTask InitializeAsync()
    {
        _machine = await HubMachine.StartAsync();
        _file = _machine.Server.AddModel("ns/one", files => files.AddVirtual(Name, Length)).File(Name);
    }

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    [InlineData(7_900_000)]
    public async Task What_a_killed_process_has_is_not_sent_again(int after)
    {
        _machine.Server.Faults.Add(FaultRule.OnContent(Name).SilentAfter(after).Once());
        using (var killed = _machine.Start(Download))
        {
            await HubMachine.UntilAsync(() => _machine.Server.Requests.Any(request => request.Fault is not null) && PartialLength >= WholeBlocks(after));
            killed.Kill();
            await killed.EndAsync();
        }

        var kept = PartialLength;
        Assert.Empty(Snapshots);
        _machine.Server.Requests.Clear();
        AssertRight((await _machine.RunAsync(Download)).AssertDone());

        var last = Assert.Single(Bodies);
        Assert.Equal(kept == 0 ? null : $"bytes={kept.ToString(CultureInfo.InvariantCulture)}-", last.Header("Range"));
        Assert.Equal(Length - kept, last.BytesSent);
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public async Task A_process_that_is_killed_again_and_again_comes_to_the_end()
    {
        _machine.Server.Faults.Add(FaultRule.OnContent(Name).Drip(100_000, Pause));
        for (var round = 0; round < 3; round++)
        {
            var before = PartialLength;
            using var killed = _machine.Start(Download);
            await HubMachine.UntilAsync(() => PartialLength > before);
            killed.Kill();
            await killed.EndAsync();
            Assert.Empty(Snapshots);
        }

        _machine.Server.Faults.Clear();
        AssertRight((await _machine.RunAsync(Download)).AssertDone());
        Assert.True(Bodies.Select(request => request.Header("Range")).Distinct().Count() == 4);
    }

    [Fact]
    public async Task All_bytes_without_the_last_rename_need_no_transfer()
    {
        await FetchAndUnfinishAsync();

        AssertRight((await _machine.RunAsync(Download)).AssertDone());

        Assert.Empty(Bodies);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("long")]
    public async Task A_partial_file_that_is_not_what_it_should_be_is_never_taken(string how)
    {
        await FetchAndUnfinishAsync();
        await using (var file = new FileStream(Partial, FileMode.Open))
        {
            file.Position = how == "wrong" ? 5000 : Length;
            file.Write("wrong"u8);
        }

        AssertRight((await _machine.RunAsync(Download)).AssertDone());

        Assert.Equal(Length, Bodies.Sum(request => request.BytesSent));
    }

    [Fact]
    public async Task Ctrl_c_keeps_what_has_come()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs kill");
        _machine.Server.Faults.Add(FaultRule.OnContent(Name).SilentAfter(3_500_000).Once());
        using var stopped = _machine.Start(Download);
        await HubMachine.UntilAsync(() => PartialLength >= 3_000_000);
        await stopped.InterruptAsync();
        var result = _machine.Judge(await stopped.EndAsync());

        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.EndsWith("interrupted; what has arrived stays, and the same command goes on from there\n", result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
        var kept = PartialLength;
        Assert.InRange(kept, 3_000_000, 3_500_000);
        _machine.Server.Requests.Clear();
        AssertRight((await _machine.RunAsync(Download)).AssertDone());
        Assert.Equal(Length - kept, Bodies.Sum(request => request.BytesSent));
    }

    [Fact]
    public async Task Two_processes_that_want_one_file_fetch_it_once()
    {
        _machine.Server.Faults.Add(FaultRule.OnContent(Name).Drip(400_000, Pause));
        var results = await Task.WhenAll(_machine.RunAsync(Download), _machine.RunAsync(Download), _machine.RunAsync("hub", "download", "ns/one"));

        Assert.All(results, result => AssertRight(result.AssertDone()));
        Assert.Single(Bodies);
    }

    [Fact]
    public async Task A_lock_that_another_program_holds_is_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs flock");
        Directory.CreateDirectory(Path.GetDirectoryName(Lock)!);
        using var holder = CommandProcess.Start("flock", ["--no-fork", "--exclusive", Lock, "sh", "-c", "touch held; read line"], _machine.Folder, _machine.Variables);
        await HubMachine.UntilAsync(() => File.Exists(_machine.At("held")));

        using var waiting = _machine.Start(Download);
        await HubMachine.UntilAsync(() => _machine.Server.Requests.CountOf("HEAD", "*") > 0);
        await Task.Delay(500);
        Assert.False(waiting.HasExited);
        Assert.Empty(Bodies);

        holder.Kill();
        AssertRight((await waiting.EndAsync()).AssertDone());
        Assert.True(File.Exists(Lock));
    }

    [Fact]
    public async Task Other_programs_are_kept_out_while_a_file_comes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs flock");
        _machine.Server.Faults.Add(FaultRule.OnContent(Name).SilentAfter(2_000_000, TimeSpan.FromSeconds(1)));
        using var fetching = _machine.Start(Download);
        await HubMachine.UntilAsync(() => PartialLength > 0);

        Assert.Equal(1, await TryLockAsync());
        AssertRight((await fetching.EndAsync()).AssertDone());
        Assert.Equal(0, await TryLockAsync());
    }

    [Fact]
    public async Task A_pipeline_whose_download_was_killed_is_not_taken_for_whole()
    {
        _machine.Server.AddModel("ns/pipe", files => files
            .Add("model_index.json", """{"_class_name":"StableDiffusionPipeline","unet":["diffusers","UNet2DConditionModel"],"vae":["diffusers","AutoencoderKL"]}""")
            .Add("unet/config.json", "{}").AddVirtual("unet/diffusion_pytorch_model.safetensors", 5_000_000, seed: 1)
            .Add("vae/config.json", "{}").AddVirtual("vae/diffusion_pytorch_model.safetensors", 5_000_000, seed: 2));
        _machine.Server.Faults.Add(FaultRule.OnContent("unet/*").SilentAfter(3_000_000));
        using (var killed = _machine.Start("hub", "download", "ns/pipe"))
        {
            await HubMachine.UntilAsync(() => killed.HasExited || Links("ns/pipe").Contains("vae/diffusion_pytorch_model.safetensors"));
            killed.Kill();
            await killed.EndAsync();
        }

        Assert.False(Directory.Exists(Path.Combine(_machine.Repository("ns/pipe"), "refs")));
        _machine.With("HF_HUB_OFFLINE", "1");
        (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertComplains(ExitCode.WrongRequest, "not in the cache");
        (await _machine.RunAsync("hub", "download", "ns/pipe", "--revision", _machine.Server.Model("ns/pipe").Sha)).AssertComplains(ExitCode.WrongRequest, "not in the cache");

        _machine.With("HF_HUB_OFFLINE", "0").Server.Faults.Clear();
        (await _machine.RunAsync("hub", "download", "ns/pipe")).AssertDone();
        Assert.Equal(5, Links("ns/pipe").Count);
        (await _machine.RunAsync("hub", "cache", "ns/pipe", "--verify")).AssertDone();
    }

    [Fact]
    public async Task A_kill_leaves_no_lock()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs flock");
        _machine.Server.Faults.Add(FaultRule.OnContent(Name).SilentAfter(2_000_000).Once());
        using var killed = _machine.Start(Download);
        await HubMachine.UntilAsync(() => PartialLength > 0);
        killed.Kill();
        await killed.EndAsync();

        Assert.True(File.Exists(Lock));
        Assert.Equal(0, await TryLockAsync());
    }

    private string Partial => Path.Combine(_machine.Repository("ns/one"), "blobs", _file.Id + ".atelier.incomplete");

    private string Lock => Path.Combine(_machine.Cache, ".locks", "models--ns--one", _file.Id + ".lock");

    private long PartialLength => new FileInfo(Partial) is { Exists: true } file ? file.Length : 0;

    private IReadOnlyList<string> Snapshots => Directory.Exists(Path.Combine(_machine.Repository("ns/one"), "snapshots"))
        ? Directory.GetFiles(Path.Combine(_machine.Repository("ns/one"), "snapshots"), "*", SearchOption.AllDirectories)
        : [];

    private IReadOnlyList<ReceivedRequest> Bodies => [.. _machine.Server.Requests.To(HubOrigin.Storage).Where(request => request.Method == "GET")];

    private IReadOnlyList<string> Links(string id)
    {
        var start = Path.Combine(_machine.Repository(id), "snapshots", _machine.Server.Model(id).Sha);
        return Directory.Exists(start) ? [.. Directory.EnumerateFiles(start, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(start, path))] : [];
    }

    // What comes is written in large blocks: the last one may not be full when the process dies.
    private static long WholeBlocks(int count) => count / (1 << 20) * (1 << 20);

    private async Task<int> TryLockAsync()
    {
        using var attempt = Process.Start("flock", ["--nonblock", "--exclusive", Lock, "true"]);
        await attempt.WaitForExitAsync();
        return attempt.ExitCode;
    }

    private async Task FetchAndUnfinishAsync()
    {
        var place = (await _machine.RunAsync(Download)).AssertDone().LastLine;
        File.Move(File.ResolveLinkTarget(place, returnFinalTarget: true)!.FullName, Partial);
        File.Delete(place);
        _machine.Server.Requests.Clear();
    }

    private void AssertRight(CommandResult result) => Assert.Equal(_file.Content.Sha256, Sha256(result.LastLine));

    private static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file));
    }
}
