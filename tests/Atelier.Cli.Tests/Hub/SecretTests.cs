using System.Text;
using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>The token goes to the hub and nowhere else.</summary>
public sealed class SecretTests : IAsyncLifetime
{
    private HubMachine _machine = null!;

    public async ValueTask InitializeAsync() => _machine = await HubMachine.StartAsync();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task A_run_that_is_pushed_leaves_the_token_nowhere()
    {
        _machine.Server.AddModel("ns/base", files => files.AddFolder(HubMachine.TinyModel));
        _machine.With("ATELIER_TRACE", "1");

        (await _machine.RunAsync(PublishedRun.Train("--pretrained-model", "ns/base", "--run-name", "run", "--push-to-hub", $"--hf_user_access_token={HubMachine.Token}"))).AssertDone();
        (await _machine.RunAsync("hub", "upload", "alice/run", "runs/run", "--token", HubMachine.Token)).AssertDone();

        Assert.All(_machine.Server.Requests.To(HubOrigin.Endpoint), request => Assert.Equal("Bearer " + HubMachine.Token, request.Authorization));
        AssertNotSent(_machine.Server.Requests.To(HubOrigin.Storage));
        Assert.Contains("--hf_user_access_token=***", await File.ReadAllTextAsync(_machine.At("runs", "run", "manifest.json")), StringComparison.Ordinal);
        AssertNotStored();
        var hosted = _machine.Server.Model("alice/run").Head().Files.Values;
        Assert.All(hosted, file => Assert.Equal(-1, file.Content.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(HubMachine.TokenStart))));
    }

    [Theory]
    [InlineData("--token", HubMachine.Token)]
    [InlineData("--token=" + HubMachine.Token)]
    [InlineData("--hf-user-access-token", HubMachine.Token)]
    [InlineData("--hf_user_access_token=" + HubMachine.Token)]
    [InlineData("--hf_user_access_token", HubMachine.Token)]
    public async Task A_token_on_the_command_line_is_used_and_not_repeated_by_failures(params string[] token)
    {
        _machine.Server.AddModel("alice/hers", files => files.Add("x.txt", "x")).IsPrivate = true;
        _machine.With("ATELIER_TRACE", "1");

        (await _machine.RunHereAsync(["hub", "download", "alice/hers", "x.txt", .. token])).AssertDone();
        Assert.Equal(ExitCode.WrongRequest, (await _machine.RunHereAsync(["hub", "download", "alice/hers", "x.txt", "--nonsense", .. token])).ExitCode);
        _machine.Server.Faults.Add(FaultRule.OnAny().Fail(403, $"The token {HubMachine.Token} may not do this"));
        (await _machine.RunHereAsync(["hub", "download", "alice/hers", "y.txt", .. token])).AssertComplains(ExitCode.WrongRequest, "the option --token", "***");
        AssertNotStored();
    }

    [Fact]
    public async Task A_token_in_the_wrong_place_is_not_repeated()
    {
        Assert.Equal(ExitCode.WrongRequest, (await _machine.RunAsync("train", "--tokn", HubMachine.Token)).ExitCode);
        Assert.Equal(ExitCode.WrongRequest, (await _machine.RunAsync("hub", "download", "ns/x", "--token", "hf secretÄ")).ExitCode);
    }

    [Theory]
    [InlineData("/api/models/ns/open/revision/main", "hub download ns/open")]
    [InlineData("/api/models/ns/open/tree/*", "hub download ns/open")]
    [InlineData("/api/whoami-v2", "doctor")]
    [InlineData("/api/repos/create", "hub upload alice/mine file.txt")]
    [InlineData("/api/models/alice/mine/commit/main", "hub upload alice/mine file.txt")]
    public async Task A_redirect_of_a_question_to_another_host_is_refused(string path, string command)
    {
        await using var elsewhere = await HubServer.StartAsync();
        _machine.Server.AddModel("ns/open", files => files.Add("model_index.json", "{}"));
        _machine.Server.Faults.Add(FaultRule.OnAny(path).RedirectToOrigin(elsewhere.Endpoint, 307));
        await File.WriteAllTextAsync(_machine.At("file.txt"), "x");

        var result = await _machine.LogIn().RunHurriedAsync(command.Replace("file.txt", _machine.At("file.txt"), StringComparison.Ordinal).Split(' '));

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains($"a redirect to {elsewhere.Endpoint}", result.All, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_files_bytes_may_come_from_anywhere_without_the_token()
    {
        await using var elsewhere = await HubServer.StartAsync();
        elsewhere.AddModel("ns/open", files => files.Add("x.txt", "hello"));
        _machine.Server.AddModel("ns/open", files => files.Add("x.txt", "hello"));
        _machine.Server.Faults.Add(FaultRule.OnGet("/ns/open/resolve/*").RedirectToOrigin(elsewhere.Endpoint));
        elsewhere.Faults.Add(FaultRule.OnGet("/ns/open/resolve/*").Answer(Reply.Text("hello")));

        (await _machine.LogIn().RunAsync("hub", "download", "ns/open", "x.txt")).AssertDone();

        AssertNotSent(Assert.Single(elsewhere.Requests) is { } request ? [request] : []);
    }

    [Fact]
    public async Task The_token_is_sent_for_reading_only_where_that_is_wanted()
    {
        _machine.Server.AddModel("ns/open", files => files.Add("x.txt", "x"));
        (await _machine.LogIn().With("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").RunAsync("hub", "download", "ns/open", "x.txt")).AssertDone();
        AssertNotSent(_machine.Server.Requests);

        (await _machine.RunAsync("hub", "download", "ns/open", "x.txt", "--token", HubMachine.Token)).AssertDone();
        Assert.Equal("Bearer " + HubMachine.Token, _machine.Server.Requests.Last().Authorization);
    }

    [Fact]
    public async Task The_key_of_a_signed_address_is_not_printed()
    {
        _machine.Server.AddModel("ns/open", files => files.AddVirtual("x.bin", 2000));
        foreach (var fault in (FaultRule[])[FaultRule.OnContent().Fail(404, "gone"), FaultRule.OnContent().ExpireSignedUrl(), FaultRule.OnContent().Fail(500), FaultRule.OnContent().Reset(), FaultRule.OnContent().Redirect("/loop?Signature=secret")])
        {
            _machine.Server.Faults.Clear();
            _machine.Server.Faults.Add(fault);
            var result = await _machine.RunHurriedAsync("hub", "download", "ns/open", "x.bin");
            result.AssertComplains(ExitCode.Failed, "x.bin");
            Assert.DoesNotContain("Expires=", result.All, StringComparison.Ordinal);
        }
    }

    private static void AssertNotSent(IEnumerable<ReceivedRequest> requests) => Assert.All(requests, request =>
    {
        Assert.DoesNotContain(HubMachine.TokenStart, request.RawTarget, StringComparison.Ordinal);
        Assert.DoesNotContain(request.Headers, header => header.Value.Contains(HubMachine.TokenStart, StringComparison.Ordinal));
    });

    // Byte by byte: settings, manifests, logs, event files, checkpoints, cards and the cache.
    private void AssertNotStored()
    {
        Assert.NotEmpty(_machine.Files());
        Assert.All(_machine.Files(), path => Assert.Equal(-1, File.ReadAllBytes(_machine.At(path)).AsSpan().IndexOf(Encoding.ASCII.GetBytes(HubMachine.TokenStart))));
    }
}
