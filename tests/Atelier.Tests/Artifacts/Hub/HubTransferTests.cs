using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubTransferTests : IAsyncLifetime
{
    private const string Name = "unet/x.safetensors";
    private const int Length = 3_000_000;

    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _bench.Server.AddUser("alice", "hf_alice");
        _model = _bench.Server.AddModel("ns/name", files => files.Add("config.json", """{"a":1}""").Add("empty.txt", "").AddVirtual(Name, Length));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_file_comes_with_its_content_and_the_layout_of_python()
    {
        var path = await FetchAsync();

        AssertContent(path);
        var blob = _model.File(Name).Id;
        Assert.Equal($"../../../blobs/{blob}", new FileInfo(path).LinkTarget);
        Assert.Equal(
            ["blobs", $"blobs/{blob}", "refs", "refs/main", "snapshots", $"snapshots/{_model.Sha}", $"snapshots/{_model.Sha}/unet", $"snapshots/{_model.Sha}/{Name}"],
            _bench.Tree("ns/name"));
        Assert.Equal(_model.Sha, await File.ReadAllTextAsync(Path.Join(_bench.Repository("ns/name"), "refs", "main")));
        Assert.Equal((Length, Length), (_bench.Observer.Plans.Single().ByteCount, _bench.Observer.Positions[Name]));
    }

    [Fact]
    public async Task A_small_file_comes_over_the_hubs_own_redirect()
    {
        var path = await _bench.Client().DownloadFileAsync(Id, "config.json");

        Assert.Equal("""{"a":1}""", await File.ReadAllTextAsync(path));
        Assert.Equal(40, Path.GetFileName(new FileInfo(path).LinkTarget!).Length);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task An_empty_file_needs_no_transfer()
    {
        var path = await _bench.Client().DownloadFileAsync(Id, "empty.txt");

        Assert.Equal(0, new FileInfo(path).ResolveLinkTarget(true) is FileInfo file ? file.Length : -1);
        Assert.EndsWith("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", new FileInfo(path).LinkTarget, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Server.Requests.CountOf("GET", "*"));
    }

    [Fact]
    public async Task A_second_call_asks_only_what_the_branch_means()
    {
        await FetchAsync();
        _bench.Server.Requests.Clear();

        AssertContent(await FetchAsync());

        Assert.Equal(["HEAD"], _bench.Server.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task A_file_that_is_cached_under_a_commit_needs_no_request()
    {
        await FetchAsync();
        _bench.Server.Requests.Clear();

        AssertContent(await _bench.Client().DownloadFileAsync(Id, Name, HubRevision.Parse(_model.Sha)));

        Assert.Empty(_bench.Server.Requests);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("close")]
    [InlineData("short")]
    [InlineData("silent")]
    public async Task A_body_that_stops_early_is_continued_where_it_stopped(string how)
    {
        var rule = FaultRule.OnContent(Name).Once();
        _bench.Server.Faults.Add(how switch
        {
            "reset" => rule.ResetAfter(1_000_000),
            "close" => rule.CloseAfter(1_000_000),
            "short" => rule.ShortBody(1_000_000),
            _ => rule.SilentAfter(1_000_000),
        });

        AssertContent(await FetchAsync(("HF_HUB_DOWNLOAD_TIMEOUT", "0.5")));

        Assert.Equal(1, rule.Applied);
        var ranges = Ranges();
        Assert.Equal(2, ranges.Count);
        Assert.Null(ranges[0]);
        Assert.Matches("^bytes=[1-9][0-9]{2,6}-$", ranges[1]);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task Many_resets_are_no_fault_as_long_as_bytes_come()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).ResetAfter(300_000).Times(9));

        AssertContent(await FetchAsync());
    }

    [Fact]
    public async Task Five_tries_without_a_new_byte_are_enough()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).CloseAfter(0));

        var exception = await Assert.ThrowsAsync<HubException>(() => FetchAsync());

        Assert.Equal(HubErrorKind.Network, exception.Kind);
        Assert.False(exception.IsRequestFault);
        Assert.Equal(5, Ranges().Count);
        Assert.DoesNotContain(_bench.Tree("ns/name"), path => path.StartsWith("snapshots/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_transfer_is_continued_by_the_next_process()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).CloseAfter(2_000_000).Once());
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).CloseAfter(0));
        await Assert.ThrowsAsync<HubException>(() => FetchAsync());
        var partial = new FileInfo(Path.Join(_bench.Repository("ns/name"), "blobs", $"{_model.File(Name).Id}.atelier.incomplete"));
        Assert.Equal(2_000_000, partial.Length);
        _bench.Server.Faults.Clear();
        _bench.Server.Requests.Clear();

        AssertContent(await FetchAsync());

        Assert.Equal(["bytes=2000000-"], Ranges());
        Assert.Equal(1_000_000, _bench.Server.Requests.BytesSent(HubOrigin.Storage));
    }

    [Fact]
    public async Task Cancelling_leaves_a_part_that_is_continued()
    {
        using var cancellation = new CancellationTokenSource();
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).SilentAfter(1_500_000).Once());
        _bench.Observer.OnAdvanced = (_, position) =>
        {
            if (position >= 1_500_000)
            {
                cancellation.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.Client().DownloadFileAsync(Id, Name, cancellation: cancellation.Token));
        _bench.Server.Requests.Clear();

        AssertContent(await FetchAsync());

        Assert.Matches("^bytes=15[0-9]{5}-$", Assert.Single(Ranges()));
    }

    [Fact]
    public async Task A_full_part_is_hashed_and_not_fetched_again()
    {
        var blobs = Path.Join(_bench.Repository("ns/name"), "blobs");
        Directory.CreateDirectory(blobs);
        await File.WriteAllBytesAsync(Path.Join(blobs, $"{_model.File(Name).Id}.atelier.incomplete"), _model.File(Name).Content.ToArray());

        AssertContent(await FetchAsync());

        Assert.Empty(Ranges());
    }

    [Fact]
    public async Task A_part_with_wrong_bytes_is_found_by_the_hash_and_fetched_again()
    {
        var blobs = Path.Join(_bench.Repository("ns/name"), "blobs");
        Directory.CreateDirectory(blobs);
        await File.WriteAllBytesAsync(Path.Join(blobs, $"{_model.File(Name).Id}.atelier.incomplete"), new byte[1_000_000]);

        AssertContent(await FetchAsync());

        Assert.Equal(["bytes=1000000-", null], Ranges());
    }

    [Fact]
    public async Task A_part_that_is_longer_than_the_file_is_dropped()
    {
        var blobs = Path.Join(_bench.Repository("ns/name"), "blobs");
        Directory.CreateDirectory(blobs);
        await File.WriteAllBytesAsync(Path.Join(blobs, $"{_model.File(Name).Id}.atelier.incomplete"), new byte[Length + 1]);

        AssertContent(await FetchAsync());

        Assert.Equal([null], Ranges());
    }

    [Fact]
    public async Task Parts_of_other_clients_are_left_alone()
    {
        var blobs = Path.Join(_bench.Repository("ns/name"), "blobs");
        Directory.CreateDirectory(blobs);
        var old = Path.Join(blobs, $"{_model.File(Name).Id}.incomplete");
        await File.WriteAllTextAsync(old, "somebody else's");

        AssertContent(await FetchAsync());

        Assert.Equal([null], Ranges());
        Assert.Equal("somebody else's", await File.ReadAllTextAsync(old));
    }

    [Fact]
    public async Task A_wrong_content_is_fetched_once_more()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).WrongContent(2_999_999).Once());

        AssertContent(await FetchAsync());

        Assert.Equal([null, null], Ranges());
    }

    [Fact]
    public async Task A_content_that_is_wrong_twice_is_given_up_and_nothing_is_kept()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent("config.json").WrongContent());

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "config.json"));

        Assert.Equal(HubErrorKind.Mismatch, exception.Kind);
        Assert.Equal(["blobs", "snapshots"], _bench.Tree("ns/name"));
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_cut_and_judged_by_its_hash()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).LongBody(100));

        AssertContent(await FetchAsync());
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_from_the_start()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).ResetAfter(1_000_000).Once());
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).IgnoreRange());

        AssertContent(await FetchAsync());
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData(Name)]
    public async Task A_compressed_body_that_was_not_asked_for_is_decoded(string name)
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(name).Gzip());

        var path = await _bench.Client().DownloadFileAsync(Id, name);

        Assert.Equal(_model.File(name).Content.ToArray(), await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task A_chunked_body_without_a_length_is_enough()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).Chunked());

        AssertContent(await FetchAsync());
    }

    [Theory]
    [InlineData("bytes 0-2999999/3000000")]
    [InlineData("bytes 1000001-2999999/3000000")]
    [InlineData("bytes 1000000-2999998/2999999")]
    [InlineData("bytes */3000000")]
    [InlineData("nonsense")]
    public async Task A_part_that_was_not_asked_for_is_not_taken(string range)
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).ResetAfter(1_000_000).Once());
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).WithHeader("Content-Range", range).Once());

        AssertContent(await FetchAsync());

        Assert.Equal([null, "bytes=1000000-", null], Ranges());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_happens_in_whatever_order_the_content_is_right_or_absent(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 25; i++)
        {
            _bench.Server.Faults.Clear();
            for (var count = random.Next(1, 6); count > 0; count--)
            {
                _bench.Server.Faults.Add(Fault(random).Once());
            }

            var blob = Path.Join(_bench.Repository("ns/name"), "blobs", _model.File(Name).Id);
            try
            {
                AssertContent(await FetchAsync(("HF_HUB_DOWNLOAD_TIMEOUT", "0.2")));
                Directory.Delete(_bench.Repository("ns/name"), recursive: true);
            }
            catch (HubException exception)
            {
                Assert.Equal(HubErrorKind.Mismatch, exception.Kind);
                Assert.False(File.Exists(blob));
            }
        }
    }

    [Fact]
    public async Task A_slow_body_that_keeps_coming_is_no_fault()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent("config.json").Drip(1, TimeSpan.FromMilliseconds(150)));

        var path = await _bench.Client(("HF_HUB_DOWNLOAD_TIMEOUT", "0.6")).DownloadFileAsync(Id, "config.json");

        Assert.Equal("""{"a":1}""", await File.ReadAllTextAsync(path));
        Assert.Equal(1, _bench.Server.Requests.CountOf("GET", "/ns/name/resolve/*"));
    }

    [Fact]
    public async Task A_signed_address_that_expired_is_renewed_and_the_transfer_goes_on()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).ResetAfter(1_000_000).Once());
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).ExpireSignedUrl().Times(2));

        AssertContent(await FetchAsync());

        Assert.Equal("bytes=1000000-", Ranges()[^1]);
    }

    [Fact]
    public async Task A_signed_address_that_is_always_expired_is_asked_for_three_times_more()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).ExpireSignedUrl());

        var exception = await Assert.ThrowsAsync<HubException>(() => FetchAsync());

        Assert.Equal(HubErrorKind.Expired, exception.Kind);
        Assert.Equal(4, Ranges().Count);
        Assert.DoesNotContain("Signature", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_clients_that_want_the_same_file_transfer_it_once()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).Drip(300_000, TimeSpan.FromMilliseconds(30)));

        var paths = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => FetchAsync()));

        Assert.All(paths, AssertContent);
        Assert.Single(Ranges());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_comes_again_is_no_progress(bool isRangeIgnored)
    {
        for (var i = 0; i < 20; i++)
        {
            var rule = FaultRule.OnContent(Name);
            _bench.Server.Faults.Add((isRangeIgnored ? rule.IgnoreRange().CloseAfter(i % 2 == 0 ? 2000 : 1000) : i % 2 == 0 ? rule.CloseAfter(2000) : rule.Fail(416)).Once());
        }

        var exception = await Assert.ThrowsAsync<HubException>(() => FetchAsync());

        Assert.Contains("5 times in a row without a new byte", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_page_takes_nothing_of_what_has_arrived()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).CloseAfter(2_500_000).Once());
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).CaptivePortal().Once());

        AssertContent(await FetchAsync());

        Assert.Equal([null, "bytes=2500000-", "bytes=2500000-"], _bench.Server.Requests.Where(request => request.Method == "GET" && request.Origin == HubOrigin.Storage).Select(request => request.Header("Range")));
    }

    [Fact]
    public async Task Two_login_pages_are_survived()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent(Name).CaptivePortal().Times(2));

        AssertContent(await FetchAsync());
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link()
    {
        var victim = Path.Join(_bench.Folder, "victim.txt");
        await File.WriteAllTextAsync(victim, "precious");
        var blobs = Directory.CreateDirectory(Path.Join(_bench.Repository("ns/name"), "blobs")).FullName;
        File.CreateSymbolicLink(Path.Join(blobs, $"{_model.File(Name).Id}.atelier.incomplete"), victim);

        AssertContent(await FetchAsync());

        Assert.Equal("precious", await File.ReadAllTextAsync(victim));
    }

    private static FaultRule Fault(Random random)
    {
        var rule = FaultRule.OnContent(Name);
        var position = random.Next(0, Length);
        return random.Next(11) switch
        {
            0 => rule.ResetAfter(position),
            1 => rule.CloseAfter(position),
            2 => rule.ShortBody(position),
            3 => rule.LongBody(position),
            4 => rule.WrongContent(position),
            5 => rule.IgnoreRange(),
            6 => rule.Gzip(),
            7 => rule.Chunked(),
            8 => rule.ExpireSignedUrl(),
            9 => rule.SilentAfter(position),
            _ => rule.Fail(503),
        };
    }

    private Task<string> FetchAsync(params (string, string)[] variables) => _bench.Client(variables).DownloadFileAsync(Id, Name);

    // What was asked of the storage, try by try.
    private List<string?> Ranges() => [.. _bench.Server.Requests.To(HubOrigin.Storage).Where(request => request.Method == "GET").Select(request => request.Header("Range"))];

    private void AssertContent(string path) => Assert.Equal(_model.File(Name).Content.ToArray(), File.ReadAllBytes(path));
}
