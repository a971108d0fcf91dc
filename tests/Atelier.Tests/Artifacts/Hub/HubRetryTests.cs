using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

/// <summary>What is asked again, and after which wait.</summary>
public sealed class HubRetryTests : IAsyncLifetime
{
    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _model = _bench.Server.AddModel("ns/name", files => files.Add("config.json", "{}"));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Passing_faults_are_repeated_with_growing_waits(int status)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Fail(status).Times(5));

        Assert.Equal(_model.Sha, (await _bench.Client().ModelAsync(Id)).Commit);

        var waits = _bench.Observer.Waits.Select(wait => wait.Delay.TotalSeconds).ToList();
        Assert.Equal(5, waits.Count);
        Assert.All(waits.Zip([1.0, 2, 4, 8, 8]), pair => Assert.InRange(pair.First, pair.Second, pair.Second * 1.25));
    }

    [Fact]
    public async Task After_five_repetitions_the_fault_is_told()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Fail(503));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id));

        Assert.Equal((HubErrorKind.Unavailable, false), (exception.Kind, exception.IsRequestFault));
        Assert.Equal(6, _bench.Server.Requests.Count);
        Assert.Contains("503", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_in_an_unknown_encoding_is_not_asked_for_again()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").WithHeader("Content-Encoding", "zstd"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id));

        Assert.Equal(HubErrorKind.Protocol, exception.Kind);
        Assert.Contains("'zstd'", exception.Message, StringComparison.Ordinal);
        Assert.Single(_bench.Server.Requests);
    }

    [Fact]
    public async Task A_refusal_in_an_unknown_encoding_means_what_its_status_says()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Answer(Reply.Text("x", status: 503).With("Content-Encoding", "zstd")).Once());

        Assert.Equal(_model.Sha, (await _bench.Client().ModelAsync(Id)).Commit);
        Assert.Equal(2, _bench.Server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(409)]
    [InlineData(501)]
    public async Task Other_refusals_are_final_at_once(int status)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Fail(status, "because"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id));

        Assert.Single(_bench.Server.Requests);
        Assert.Contains("because", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wait_is_what_the_server_asks_for_and_it_is_told()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").LimitRate(30).Once());
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").LimitRateByHeader(55).Once());
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").LimitRateUntil(_bench.Clock.GetUtcNow() + TimeSpan.FromHours(2)).Once());

        await _bench.Client().ModelAsync(Id);

        Assert.Equal([31, 56, 301], _bench.Observer.Waits.Select(wait => wait.Delay.TotalSeconds));
        Assert.Contains("HF_TOKEN", _bench.Observer.Waits.First().Reason, StringComparison.Ordinal);
        Assert.Contains("not waiting that long", _bench.Observer.Waits.Last().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_an_answer_is_repeated()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Reset().Once());
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").ResetAfter(20).Once());
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").CloseAfter(20).Once());
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").SilentAfter(20).Once());

        Assert.Equal(_model.Sha, (await _bench.Client(("HF_HUB_ETAG_TIMEOUT", "0.5")).ModelAsync(Id)).Commit);
    }

    [Fact]
    public async Task A_silent_hub_is_waited_for_only_so_long()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").WaitBeforeAnswer(TimeSpan.FromSeconds(30)));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_HUB_ETAG_TIMEOUT", "0.1")).ModelAsync(Id));

        Assert.Equal(HubErrorKind.Network, exception.Kind);
    }

    [Fact]
    public async Task A_compressed_answer_is_understood()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Gzip());

        Assert.Equal(_model.Sha, (await _bench.Client().ModelAsync(Id)).Commit);
    }

    [Fact]
    public async Task Answers_are_bounded()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").HugeJson(70_000_000));

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id))).Kind);
    }

    [Fact]
    public async Task Redirects_end()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Redirect("/api/models/ns/name/revision/main"));

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id))).Kind);
        Assert.Equal(11, _bench.Server.Requests.Count);
    }

    [Fact]
    public async Task A_question_is_not_answered_by_another_server()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").Redirect($"{_bench.Server.StorageOrigin}/x"));

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", "hf_alice")).ModelAsync(Id))).Kind);
        Assert.Empty(_bench.Server.Requests.To(HubOrigin.Storage));
    }
}
