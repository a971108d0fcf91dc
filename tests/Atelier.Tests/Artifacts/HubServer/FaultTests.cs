using System.Net.Sockets;
using System.Security.Cryptography;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.HubServers;

public sealed class FaultTests : IAsyncLifetime
{
    private const string Target = "/ns/name/resolve/main/x.safetensors";
    private const int Length = 5_000_000;

    private HubServer _hub = null!;
    private HubProbe _probe = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubServer.StartAsync();
        _probe = new HubProbe(_hub);
        _model = _hub.AddModel("ns/name", static files => files.Add("config.json", "{\"a\":[1,2,3]}").AddVirtual("x.safetensors", Length));
    }

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1000, false)]
    [InlineData(4_000_001, true)]
    [InlineData(4_000_001, false)]
    [InlineData(0, true)]
    public async Task A_body_is_cut_after_exactly_so_many_bytes(int count, bool isReset)
    {
        var rule = isReset ? FaultRule.OnContent("x.safetensors").ResetAfter(count) : FaultRule.OnContent("x.safetensors").CloseAfter(count);
        _hub.Faults.Add(rule.Times(2));

        for (var i = 0; i < 2; i++)
        {
            using var answer = await _probe.FileAsync(Target);
            Assert.Equal(Length, answer.Content.Headers.ContentLength);
            var (bytes, error) = await ReadAsync(answer);
            Assert.Equal(count, bytes.Length);
            Assert.True(_model.File("x.safetensors").Content.ToArray().AsSpan(0, count).SequenceEqual(bytes));
            Assert.Equal(isReset, error?.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset });
            Assert.Equal(!isReset, error is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded });
        }

        using var whole = await _probe.FileAsync(Target);
        Assert.Equal(Length, (await whole.Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal(2, rule.Applied);
        Assert.Equal(count, _hub.Requests.Matching("GET", "/xet*")[0].BytesSent);
    }

    [Fact]
    public async Task A_short_body_may_announce_its_own_length()
    {
        _hub.Faults.Add(FaultRule.OnContent().ShortBody(10));
        using var answer = await _probe.FileAsync(Target);
        Assert.Equal(10, answer.Content.Headers.ContentLength);
        Assert.Equal(10, (await answer.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task A_body_may_be_too_long()
    {
        _hub.Faults.Add(FaultRule.OnContent().LongBody(7).Once());
        _hub.Faults.Add(FaultRule.OnContent().LongBody(7).Chunked());
        using var announced = await _probe.FileAsync(Target);
        using var chunked = await _probe.FileAsync(Target);

        Assert.Equal(Length + 7, announced.Content.Headers.ContentLength);
        Assert.Equal(Length + 7, (await announced.Content.ReadAsByteArrayAsync()).Length);
        Assert.Null(chunked.Raw("Content-Length"));
        Assert.Equal(Length + 7, (await chunked.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Content_may_be_wrong_in_one_byte()
    {
        _hub.Faults.Add(FaultRule.OnContent().WrongContent(4_000_000).Once());
        using var wrong = await _probe.FileAsync(Target);
        using var right = await _probe.FileAsync(Target);
        var (first, second) = (await wrong.Content.ReadAsByteArrayAsync(), await right.Content.ReadAsByteArrayAsync());

        Assert.Equal([4_000_000], Enumerable.Range(0, Length).Where(i => first[i] != second[i]));
        Assert.Equal(_model.File("x.safetensors").Id, Convert.ToHexStringLower(SHA256.HashData(second)));
    }

    [Fact]
    public async Task A_lost_answer_never_begins()
    {
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").LoseAnswer().Once());
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").CloseWithoutAnswer().Once());
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").Reset().Once());

        // Not by HttpClient: it repeats a GET by itself when a connection closes without an answer.
        var request = "GET /api/models/ns/name HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray();
        foreach (var isReset in new[] { true, false, true })
        {
            using var client = new TcpClient();
            await client.ConnectAsync(new Uri(_hub.Endpoint).Host, new Uri(_hub.Endpoint).Port);
            await client.Client.SendAsync(request);
            var error = await Record.ExceptionAsync(async () => Assert.Equal(0, await client.Client.ReceiveAsync(new byte[100])));
            Assert.Equal(isReset, error is SocketException { SocketErrorCode: SocketError.ConnectionReset });
        }

        Assert.All(_hub.Requests, static request => Assert.Equal(0, request.Status));

        using var answer = await _probe.GetAsync("/api/models/ns/name");
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Rules_count_skip_and_choose()
    {
        _hub.Faults.Add(FaultRule.OnGet("/api/*").Skip(1).Times(2).Fail(503));
        _hub.Faults.Add(FaultRule.OnHead().When(static request => request.Header("Range") is not null).Fail(500));
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var answer = await _probe.GetAsync("/api/models/ns/name");
            statuses.Add((int)answer.StatusCode);
        }

        using var plain = await _probe.HeadAsync(Target);
        using var ranged = await _probe.HeadAsync(Target, ("Range", "bytes=1-"));
        Assert.Equal([200, 503, 503, 200], statuses);
        Assert.Equal((302, 500), ((int)plain.StatusCode, (int)ranged.StatusCode));
    }

    [Fact]
    public async Task Limits_are_told_in_three_ways()
    {
        var time = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
        _hub.Faults.Add(FaultRule.OnGet().LimitRate(30).Once());
        _hub.Faults.Add(FaultRule.OnGet().LimitRateUntil(time).Once());
        _hub.Faults.Add(FaultRule.OnGet().LimitRateByHeader(55).Once());
        using var seconds = await _probe.GetAsync("/api/models/ns/name");
        using var date = await _probe.GetAsync("/api/models/ns/name");
        using var header = await _probe.GetAsync("/api/models/ns/name");

        Assert.Equal((429, "30"), ((int)seconds.StatusCode, seconds.Raw("Retry-After")));
        Assert.Equal("Sun, 01 Mar 2026 10:00:00 GMT", date.Raw("Retry-After"));
        Assert.Equal("\"api\";r=0;t=55", header.Raw("RateLimit"));
        Assert.Null(header.Raw("Retry-After"));
    }

    [Fact]
    public async Task Silence_ends_only_when_told()
    {
        _hub.Faults.Add(FaultRule.OnContent().SilentAfter(1000).Once());
        _hub.Faults.Add(FaultRule.OnContent().SilentAfter(1000, TimeSpan.FromMilliseconds(200)).Once());
        using var silent = await _probe.FileAsync(Target);
        await using var stream = await silent.Content.ReadAsStreamAsync();
        var buffer = new byte[1000];
        await stream.ReadExactlyAsync(buffer);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => _ = await stream.ReadAsync(buffer, patience.Token));

        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var paused = await _probe.FileAsync(Target);
        Assert.Equal(Length, (await paused.Content.ReadAsByteArrayAsync()).Length);
        Assert.InRange(clock.ElapsedMilliseconds, 190, 5000);
    }

    [Fact]
    public async Task A_drip_is_slow()
    {
        _hub.Faults.Add(FaultRule.OnGet("/api/resolve-cache/*").Drip(1, TimeSpan.FromMilliseconds(20)));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var answer = await _probe.FileAsync("/ns/name/resolve/main/config.json");
        Assert.Equal("{\"a\":[1,2,3]}", await answer.Content.ReadAsStringAsync());
        Assert.InRange(clock.ElapsedMilliseconds, 12 * 18, 10_000);
    }

    [Fact]
    public async Task Metadata_may_be_odd()
    {
        _hub.Faults.Add(FaultRule.OnHead().WeakEtag().Once());
        _hub.Faults.Add(FaultRule.OnHead().UnquotedEtag().Once());
        _hub.Faults.Add(FaultRule.OnHead().WithoutEtag().WithoutCommit().Once());
        using var weak = await _probe.HeadAsync(Target);
        using var bare = await _probe.HeadAsync(Target);
        using var none = await _probe.HeadAsync(Target);
        var id = _model.File("x.safetensors").Id;

        Assert.Equal($"W/\"{id}\"", weak.Raw("X-Linked-Etag"));
        Assert.Equal(id, bare.Raw("X-Linked-Etag"));
        Assert.Null(none.Raw("X-Linked-Etag"));
        Assert.Null(none.Raw("X-Repo-Commit"));
    }

    [Fact]
    public async Task Compression_comes_although_nobody_asked()
    {
        _hub.Faults.Add(FaultRule.OnContent("config.json").Gzip());
        using var answer = await _probe.FileAsync("/ns/name/resolve/main/config.json", ("Range", "bytes=3-"));
        await using var gzip = new System.IO.Compression.GZipStream(await answer.Content.ReadAsStreamAsync(), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal("{\"a\":[1,2,3]}", await new StreamReader(gzip).ReadToEndAsync());
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Null(answer.Raw("Content-Length"));
        Assert.Empty(_hub.Violations);
    }

    [Fact]
    public async Task Listings_may_be_hostile()
    {
        string[] names = ["../x", "C:\\x", "a\\b", "/abs", "con", "a\u0007b", ".git/x", "a/../../b", ""];
        _hub.AddModel("evil/names", files => Array.ForEach(names, name => files.Add(name, name)));
        var tree = (await _probe.JsonAsync("/api/models/evil/names/tree/main?recursive=true")).AsArray();
        Assert.Superset(names.ToHashSet(StringComparer.Ordinal), tree.Where(static entry => (string?)entry!["type"] == "file").Select(static entry => (string)entry!["path"]!).ToHashSet(StringComparer.Ordinal));

        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name/tree/*").RepeatNextLink().AddTreeEntry("{\"type\":7}"));
        using var page = await _probe.GetAsync("/api/models/ns/name/tree/main?recursive=true");
        Assert.Equal($"<{_hub.Endpoint}/api/models/ns/name/tree/main?recursive=true>; rel=\"next\"", page.Raw("Link"));
        Assert.EndsWith("{\"type\":7}]", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_may_push_between_two_calls()
    {
        var old = _model.Sha;
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name/tree/*").Before(_ => _model.Commit(static files => files.Add("added.txt", "x"))).Once());
        using var answer = await _probe.GetAsync("/api/models/ns/name/tree/main");
        Assert.NotEqual(old, _model.Sha);
        Assert.Contains("added.txt", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Huge_answers_are_huge()
    {
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").HugeJson(20_000_000));
        _hub.Faults.Add(FaultRule.OnHead().HugeHeaders(200_000));
        using var json = await _probe.GetAsync("/api/models/ns/name");
        Assert.True((await json.Content.ReadAsByteArrayAsync()).Length > 20_000_000);
        await Assert.ThrowsAsync<HttpRequestException>(() => _probe.HeadAsync(Target));
    }

    [Fact]
    public async Task Portals_mirrors_and_broken_bodies()
    {
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").CaptivePortal().Once());
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").RedirectToOrigin("https://other.test", 308).Once());
        _hub.Faults.Add(FaultRule.OnGet("/api/models/ns/name").MalformedJson().Once());
        _hub.Faults.Add(FaultRule.OnContent().ExpireSignedUrl().Once());
        _hub.Faults.Add(FaultRule.OnContent().IgnoreRange().Once());
        _hub.Faults.Add(FaultRule.OnContent().ShiftRange(-2).Once());
        using var portal = await _probe.GetAsync("/api/models/ns/name");
        using var mirror = await _probe.GetAsync("/api/models/ns/name?blobs=true");
        using var broken = await _probe.GetAsync("/api/models/ns/name");
        using var expired = await _probe.FileAsync(Target);
        using var whole = await _probe.FileAsync(Target, ("Range", "bytes=5-"));
        using var shifted = await _probe.FileAsync(Target, ("Range", "bytes=5-"));

        Assert.Equal((200, "text/html"), ((int)portal.StatusCode, portal.Raw("Content-Type")));
        Assert.Equal((308, "https://other.test/api/models/ns/name?blobs=true"), ((int)mirror.StatusCode, mirror.Raw("Location")));
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => System.Text.Json.Nodes.JsonNode.Parse(broken.Content.ReadAsStream()));
        Assert.Equal(403, (int)expired.StatusCode);
        Assert.Equal((206, $"bytes 3-{Length - 1}/{Length}"), ((int)shifted.StatusCode, shifted.Raw("Content-Range")));
        Assert.Equal((200, (long?)Length), ((int)whole.StatusCode, whole.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task A_wait_before_the_answer_is_silence()
    {
        _hub.Faults.Add(FaultRule.OnHead().WaitBeforeAnswer(Timeout.InfiniteTimeSpan).Once());
        var head = _probe.HeadAsync(Target);
        Assert.NotSame(head, await Task.WhenAny(head, Task.Delay(200)));
        using var answer = await _probe.HeadAsync(Target);
        Assert.Equal(302, (int)answer.StatusCode);
        await _hub.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => head);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_refused()
    {
        await using var hub = await HubServer.StartAsync(new HubServerOptions { UsesHttps = true });
        hub.AddModel("ns/name", static files => files.AddVirtual("x.safetensors", Length));
        using var careful = new HubProbe(hub);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => careful.GetAsync("/api/models/ns/name"));
        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);

        var known = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(hub.CertificatePem);
        using var knowing = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => known.Equals(certificate) } });
        hub.Faults.Add(FaultRule.OnGet("/api/*").Skip(1).ResetAfter(5));
        using var answer = await knowing.GetAsync(hub.Endpoint + "/api/models/ns/name");
        Assert.Equal(200, (int)answer.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => knowing.GetAsync(hub.Endpoint + "/api/models/ns/name"));
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_the_silent()
    {
        var hub = await HubServer.StartAsync();
        hub.AddModel("ns/name", static files => files.AddVirtual("x.safetensors", Length));
        hub.Faults.Add(FaultRule.OnContent().SilentAfter(0));
        using var probe = new HubProbe(hub);
        using var answer = await probe.FileAsync(Target);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await hub.DisposeAsync();
        Assert.InRange(clock.ElapsedMilliseconds, 0, 3000);
    }

    private static async Task<(byte[] Bytes, Exception? Error)> ReadAsync(HttpResponseMessage response)
    {
        using var bytes = new MemoryStream();
        try
        {
            await (await response.Content.ReadAsStreamAsync()).CopyToAsync(bytes);
        }
        catch (IOException error)
        {
            return (bytes.ToArray(), error);
        }

        return (bytes.ToArray(), null);
    }
}
