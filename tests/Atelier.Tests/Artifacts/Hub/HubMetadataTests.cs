using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

/// <summary>What a file is, as its headers say it.</summary>
public sealed class HubMetadataTests : IAsyncLifetime
{
    private const string Name = "unet/x.safetensors";

    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _model = _bench.Server.AddModel("ns/name", files => files.Add("config.json", """{"a":1}""").AddVirtual(Name, 100_000));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("weak")]
    [InlineData("unquoted")]
    public async Task Etags_are_understood_in_every_form(string form)
    {
        var rule = FaultRule.OnHead();
        _bench.Server.Faults.Add(form == "weak" ? rule.WeakEtag() : rule.UnquotedEtag());

        AssertContent(await FetchAsync());
        Assert.Equal("""{"a":1}""", await File.ReadAllTextAsync(await _bench.Client().DownloadFileAsync(Id, "config.json")));
    }

    [Theory]
    [InlineData("../../../../etc/passwd")]
    [InlineData("\"abc\"")]
    [InlineData("\"E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391\"")]
    public async Task An_etag_that_is_no_hash_is_refused_and_nothing_is_written(string etag)
    {
        _bench.Server.Faults.Add(FaultRule.OnHead().SetEtag(etag));

        var exception = await Assert.ThrowsAsync<HubException>(() => FetchAsync());

        Assert.Equal(HubErrorKind.Protocol, exception.Kind);
        Assert.Contains(_bench.Server.Endpoint["http://".Length..], exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.Cache));
    }

    [Fact]
    public async Task An_answer_without_a_commit_is_refused()
    {
        _bench.Server.Faults.Add(FaultRule.OnHead().WithoutCommit());

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => FetchAsync())).Kind);
        Assert.False(Directory.Exists(_bench.Cache));
    }

    [Fact]
    public async Task A_login_page_is_no_hub()
    {
        _bench.Server.Faults.Add(FaultRule.OnAny().CaptivePortal());

        var exception = await Assert.ThrowsAsync<HubException>(() => FetchAsync());

        Assert.Equal(HubErrorKind.Protocol, exception.Kind);
        Assert.DoesNotContain("<", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bytes_come_from_the_commit_that_was_found_even_if_the_branch_moves()
    {
        var old = _model.File(Name);
        _bench.Server.Faults.Add(FaultRule.OnHead().After(_ => _model.Commit(files => files.AddVirtual(Name, 100_000, seed: 7))).Once());

        var path = await FetchAsync();

        Assert.Equal(old.Content.ToArray(), await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Too_little_room_is_found_before_the_first_byte()
    {
        _bench.Server.AddModel("ns/huge", files => files.Add("x.safetensors", HostedContent.Virtual(1)));
        _bench.Server.Faults.Add(FaultRule.OnHead().WithHeader("X-Linked-Size", "4000000000000000"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(HubRepositoryId.Parse("ns/huge"), "x.safetensors"));

        Assert.Equal(HubErrorKind.Disk, exception.Kind);
        Assert.Contains("4000000000000000", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Server.Requests.CountOf("GET", "*"));
    }

    private Task<string> FetchAsync() => _bench.Client().DownloadFileAsync(Id, Name);

    private void AssertContent(string path) => Assert.Equal(_model.File(Name).Content.ToArray(), File.ReadAllBytes(path));
}
