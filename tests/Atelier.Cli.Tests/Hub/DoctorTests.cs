using System.Text.Json.Nodes;
using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary><c>atelier doctor</c>.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private HubMachine _machine = null!;

    public async ValueTask InitializeAsync() => _machine = await HubMachine.StartAsync();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task Without_a_token_all_is_well_and_nobody_is_asked()
    {
        var result = (await _machine.RunAsync("doctor")).AssertDone();

        Assert.Contains($"{_machine.Cache} (nothing there yet)", result.Output, StringComparison.Ordinal);
        Assert.Contains($"{_machine.Server.Endpoint} (not asked: there is no token", result.Output, StringComparison.Ordinal);
        Assert.Contains("not set", result.Output, StringComparison.Ordinal);
        Assert.Contains("libtorch  loads", result.Output, StringComparison.Ordinal);
        Assert.Empty(_machine.Server.Requests);
        Assert.False(Directory.Exists(_machine.Cache));
    }

    [Fact]
    public async Task A_token_is_said_to_be_set_with_its_source_and_owner()
    {
        var result = (await _machine.LogIn().RunAsync("doctor", "--json")).AssertDone();

        var token = JsonNode.Parse(result.Output)!["token"]!;
        Assert.Equal("set (from HF_TOKEN); belongs to alice, role write, member of acme, readers", token["text"]!.GetValue<string>());
        Assert.False(token["is_wrong"]!.GetValue<bool>());
    }

    [Fact]
    public async Task An_owner_whose_name_would_steer_the_terminal_is_shown_without_that()
    {
        _machine.Server.Faults.Add(FaultRule.OnGet("/api/whoami-v2").AnswerJson("""{"name":"al\u001b[31mice","orgs":[{"name":"ac\u001b[2Jme"}],"auth":{"accessToken":{"role":"write"}}}"""));

        var result = (await _machine.LogIn().RunHereAsync("doctor")).AssertDone();

        Assert.Contains("belongs to al [31mice, role write, member of ac [2Jme", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.All);
    }

    [Fact]
    public async Task A_wrong_token_is_wrong()
    {
        var result = await _machine.LogIn(HubMachine.TokenStart + "Wrong").RunHereAsync("doctor");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("token     WRONG: set (from HF_TOKEN)", result.Output, StringComparison.Ordinal);
        Assert.Contains("wrong, expired or revoked", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HF_HUB_OFFLINE", "doctor", "offline: HF_HUB_OFFLINE is set")]
    [InlineData("NO_COLOR", "doctor --no-ask-hub", "http://127.0.0.1")]
    public async Task Nobody_is_asked_where_that_is_not_wanted(string variable, string command, string hub)
    {
        var result = (await _machine.LogIn().With(variable, "1").RunHereAsync(command.Split(' '))).AssertDone();

        Assert.Contains(hub, result.Output, StringComparison.Ordinal);
        Assert.Contains("its owner was not asked for", result.Output, StringComparison.Ordinal);
        Assert.Empty(_machine.Server.Requests);
    }

    [Fact]
    public async Task A_setting_that_makes_no_sense_is_found()
    {
        var result = await _machine.With("HF_ENDPOINT", "nowhere").RunHereAsync("doctor");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("hub       WRONG: HF_ENDPOINT", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_fails_is_no_fault_of_the_token()
    {
        _machine.Server.Faults.Add(FaultRule.OnAny().Fail(503));

        var result = (await _machine.LogIn().RunHurriedAsync("doctor")).AssertDone();

        Assert.Contains("token     set (from HF_TOKEN)", result.Output, StringComparison.Ordinal);
        Assert.Contains("503", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("404", "it is no hub")]
    [InlineData("login page", "login page")]
    public async Task What_answers_in_the_hubs_place_is_wrong(string what, string why)
    {
        var rule = FaultRule.OnAny();
        _machine.Server.Faults.Add(what == "404" ? rule.Answer(Reply.Text("Not Found", status: 404)) : rule.CaptivePortal());

        var result = await _machine.LogIn().RunHereAsync("doctor");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains($"hub       WRONG: {_machine.Server.Endpoint}; ", result.Output, StringComparison.Ordinal);
        Assert.Contains(why, result.Output, StringComparison.Ordinal);
        Assert.Contains("token     set (from HF_TOKEN)", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FOLDER/file", "FOLDER/file is no folder")]
    [InlineData("FOLDER/file/hub", "FOLDER/file is no folder")]
    [InlineData("/proc/self", "/proc/self is empty and can't be written")]
    [InlineData("/proc/self/hub", "/proc/self/hub can't be made in /proc/self")]
    public async Task A_cache_that_can_not_work_is_wrong(string cache, string why)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Uses a file system that takes no writes.");
        await File.WriteAllTextAsync(_machine.At("file"), "");

        var result = await _machine.With("HF_HUB_CACHE", Named(cache)).RunHereAsync("doctor");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains($"cache     WRONG: {Named(why)}", result.Output, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_CACHE", result.Output, StringComparison.Ordinal);

        string Named(string text) => text.Replace("FOLDER", _machine.Folder, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cache_that_can_only_be_read_is_good_for_what_it_holds(bool isFilled)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs rights");
        Directory.CreateDirectory(isFilled ? _machine.Repository("ns/one") : _machine.Cache);
        var before = Directory.GetFileSystemEntries(_machine.Cache);
        SetRights(UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var result = await _machine.RunBoundAsync("doctor");
            Assert.SkipWhen(result is null, "needs setpriv when it runs as root");
            Assert.Equal(isFilled ? ExitCode.Done : ExitCode.Failed, result.ExitCode);
            Assert.Contains(isFilled ? $"cache     warning: {_machine.Cache} can't be written (no permission): what it holds can be used" : $"cache     WRONG: {_machine.Cache} is empty and can't be written", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            SetRights(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        (await _machine.RunHereAsync("doctor")).AssertDone();
        Assert.Equal(before, Directory.GetFileSystemEntries(_machine.Cache));

        void SetRights(UnixFileMode mode)
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_machine.Cache, mode);
            }
        }
    }
}
