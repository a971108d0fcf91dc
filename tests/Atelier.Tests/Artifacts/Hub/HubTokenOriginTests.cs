using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubTokenOriginTests : IAsyncLifetime
{
    private const string Token = "hf_alicealicealice";

    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("alice/secret");

    private HubBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _bench.Server.AddUser("alice", Token);
        _bench.Server.AddModel("alice/secret", files => files.Add("config.json", "{}").AddVirtual("x.safetensors", 100_000)).IsPrivate = true;
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(SignedUrlStyle.Plain)]
    [InlineData(SignedUrlStyle.Encoded)]
    [InlineData(SignedUrlStyle.EncodedWithDotSegment)]
    public async Task The_token_goes_to_the_hub_and_not_to_storage(SignedUrlStyle style)
    {
        _bench.Server.Options.SignedUrlStyle = style;
        var client = _bench.Client(("HF_TOKEN", Token));

        await client.DownloadFileAsync(Id, "config.json");
        await client.DownloadFileAsync(Id, "x.safetensors");

        Assert.NotEmpty(_bench.Server.Requests.To(HubOrigin.Storage));
        Assert.All(_bench.Server.Requests.To(HubOrigin.Endpoint), request => Assert.Equal($"Bearer {Token}", request.Authorization));
        Assert.All(_bench.Server.Requests.To(HubOrigin.Storage), request => Assert.Null(request.Authorization));
        Assert.All(_bench.Server.Requests, request => Assert.DoesNotContain(Token, request.RawTarget, StringComparison.Ordinal));
        Assert.All(_bench.Server.Requests, request => Assert.StartsWith("atelier/", request.Header("User-Agent"), StringComparison.Ordinal));
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task The_token_does_not_go_along_where_it_is_not_wanted_for_reading()
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", Token), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).DownloadFileAsync(Id, "config.json"));

        Assert.Equal(HubErrorKind.RepositoryNotFound, exception.Kind);
        Assert.Contains("unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which keeps the token from HF_TOKEN from being sent", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no access", exception.Message, StringComparison.Ordinal);
        Assert.All(_bench.Server.Requests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task A_redirect_of_a_file_to_another_port_loses_the_token()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/alice/secret/resolve/*").Redirect($"{_bench.Server.StorageOrigin}/elsewhere").Once());

        await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", Token)).DownloadFileAsync(Id, "config.json"));

        Assert.Single(_bench.Server.Requests.To(HubOrigin.Storage));
        Assert.Empty(_bench.Server.Requests.LeakedTokens());
    }

    [Fact]
    public async Task A_servers_text_that_repeats_the_token_is_shown_without_it()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Fail(400, $"the token {Token} is odd"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", Token)).ModelAsync(Id));

        Assert.DoesNotContain(Token, exception.ToString(), StringComparison.Ordinal);
        Assert.Contains("the token *** is odd", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Request-Id", Token)]
    [InlineData("X-Error-Message", Token)]
    [InlineData("X-Request-Id", "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 " + Token)]
    public async Task A_header_that_repeats_the_token_is_shown_without_it(string header, string text)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Answer(Reply.Text("{}", "application/json", status: 400).With(header, text)));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", Token)).ModelAsync(Id));

        Assert.DoesNotContain(Token[..8], $"{exception}{exception.RequestId}{exception.ServerMessage}", StringComparison.Ordinal);
        Assert.Contains("***", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_that_repeats_the_token_is_shown_without_it()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Redirect($"{_bench.Server.StorageOrigin}/{Token}"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", Token)).ModelAsync(Id));

        Assert.DoesNotContain(Token, exception.ToString(), StringComparison.Ordinal);
        Assert.Contains("/***", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_over_plain_http_is_warned_about_unless_the_hub_is_here()
    {
        _bench.Client(("HF_TOKEN", Token));
        Assert.Empty(_bench.Observer.Warnings);

        _bench.Client(("HF_TOKEN", Token), ("HF_ENDPOINT", "http://mirror.example"));
        Assert.Contains("unencrypted", Assert.Single(_bench.Observer.Warnings), StringComparison.Ordinal);
    }
}
