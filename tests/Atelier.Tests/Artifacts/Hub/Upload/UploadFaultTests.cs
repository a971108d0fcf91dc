using System.Text;
using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class UploadFaultTests : IAsyncLifetime
{
    private const string LargePath = "unet/large.safetensors";

    private UploadBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = (await UploadBench.StartAsync()).WithUsualFiles();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    public static TheoryData<string, Func<FaultRule, FaultRule>> PassingFaults() => new()
    {
        { "500", rule => rule.Fail(500) },
        { "503", rule => rule.Fail(503) },
        { "reset", rule => rule.Reset() },
        { "reset in the body", rule => rule.ResetWhileReading(50_000) },
        { "lost answer", rule => rule.LoseAnswer() },
        { "closed", rule => rule.CloseWithoutAnswer() },
    };

    [Theory]
    [MemberData(nameof(PassingFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_part_that_fails_is_sent_again_alone_and_whole(string name, Func<FaultRule, FaultRule> fault)
    {
        var rule = _bench.Fault(fault(FaultRule.OnPut().When(request => request.Query("partNumber") == "2")).Times(2));

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.True(rule.Applied == 2, name);
        Assert.Equal(["1", "2", "2", "2", "3", "4"], _bench.Puts().Select(request => request.Query("partNumber")).OfType<string>().Order(StringComparer.Ordinal));
        Assert.Equal(UploadBench.LargeSize, _bench.Observer.Positions[LargePath]);
    }

    [Theory]
    [MemberData(nameof(PassingFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_file_in_one_piece_is_sent_again(string name, Func<FaultRule, FaultRule> fault)
    {
        var rule = _bench.Fault(fault(FaultRule.OnPut().When(request => request.Query("partNumber") is null)).Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.True(rule.Applied == 1, name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_expired_address_is_asked_for_again(bool isPart)
    {
        _bench.Fault(FaultRule.OnPut().When(request => request.Query("partNumber") == (isPart ? "3" : null)).ExpireSignedUrl().Times(2));

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        var batches = _bench.Server.Requests.Matching("POST", UploadBench.BatchPath);
        Assert.Equal(3, batches.Count);
        Assert.All(batches.Skip(1), request => Assert.Single(JsonNode.Parse(request.Body!)!["objects"]!.AsArray()));
    }

    [Fact]
    public async Task Addresses_that_expire_while_they_wait_are_asked_for_again()
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).After(_ => _bench.Server.Clock.Advance(TimeSpan.FromHours(2))).Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(3, _bench.Server.Requests.CountOf("POST", UploadBench.BatchPath));
    }

    [Fact]
    public async Task A_completion_that_has_expired_is_asked_for_again()
    {
        _bench.Fault(FaultRule.OnPut().When(request => request.Query("partNumber") == "4").After(_ => _bench.Server.Clock.Advance(TimeSpan.FromHours(2))).Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
    }

    [Fact]
    public async Task An_address_that_stays_unreachable_is_asked_for_once_more()
    {
        _bench.Fault(FaultRule.OnPut().When(_ => _bench.Server.Requests.CountOf("POST", UploadBench.BatchPath) == 1).ResetWhileReading(1000));

        await _bench.UploadAsync();

        _bench.AssertUploaded();
    }

    [Fact]
    public async Task An_address_that_is_always_expired_is_given_up()
    {
        _bench.Fault(FaultRule.OnPut().ExpireSignedUrl());

        Assert.Equal(HubErrorKind.Expired, (await _bench.RefusedAsync()).Kind);

        Assert.InRange(_bench.Server.Requests.CountOf("POST", UploadBench.BatchPath), 4, 7);
        _bench.AssertUntouched();
    }

    [Theory]
    [MemberData(nameof(PassingFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_completion_whose_answer_is_lost_is_looked_into(string name, Func<FaultRule, FaultRule> fault)
    {
        var rule = _bench.Fault(fault(FaultRule.OnPost(UploadBench.CompletionPath)).Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        var hasHappened = name is "lost answer" or "closed";
        Assert.Equal((1, hasHappened ? 1 : 2), (rule.Applied, _bench.Server.Requests.CountOf("POST", UploadBench.CompletionPath)));
        Assert.Equal(5, _bench.Puts().Count);
    }

    [Fact]
    public async Task Parts_that_were_given_up_are_sent_again()
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.CompletionPath).Fail(500).Once());
        _bench.Fault(FaultRule.OnPost(UploadBench.CompletionPath).Fail(404, "NoSuchUpload").Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(9, _bench.Puts().Count);
    }

    [Fact]
    public async Task A_refused_object_stops_everything_with_all_reasons()
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Change(UploadBench.Json(json =>
        {
            foreach (var item in json["objects"]!.AsArray().Select(item => item!.AsObject()))
            {
                item.Remove("actions");
                item["error"] = new JsonObject { ["code"] = 422, ["message"] = $"too large: {item["size"]}" };
            }
        })));

        var exception = await _bench.RefusedAsync();

        Assert.Equal(HubErrorKind.Refused, exception.Kind);
        Assert.Contains("too large: 5000 (422)", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{LargePath}': too large: {UploadBench.LargeSize} (422)", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Puts());
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_refusal_that_repeats_the_token_is_shown_without_it()
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Change(UploadBench.Json(json =>
        {
            foreach (var item in json["objects"]!.AsArray().Select(item => item!.AsObject()))
            {
                item["error"] = new JsonObject { ["code"] = 422, ["message"] = $"{UploadBench.Token} is odd" };
            }
        })));

        Assert.Contains("*** is odd (422)", (await _bench.RefusedAsync()).Message, StringComparison.Ordinal); // which looks for the token
    }

    public static TheoryData<string, Action<JsonObject>> BadBatches() => new()
    {
        { "a transfer that was not offered", json => json["transfer"] = "xet" },
        { "a transfer that is the token", json => json["transfer"] = UploadBench.Token },
        { "an object is missing", json => json["objects"]!.AsArray().RemoveAt(0) },
        { "a part is missing", json => Header(json).Remove("00003") },
        { "a part too many", json => Header(json)["00005"] = (string?)Header(json)["00001"] },
        { "a part with another number", json => (Header(json)["00007"], _) = ((string?)Header(json)["00004"], Header(json).Remove("00004")) },
        { "a part twice", json => Header(json)["1"] = (string?)Header(json)["00001"] },
        { "parts as large as a number gets", json => Header(json)["chunk_size"] = long.MaxValue },
        { "no parts, as large as a number gets", json => Upload(json)["header"] = new JsonObject { ["chunk_size"] = long.MaxValue } },
        { "no size of parts", json => Header(json)["chunk_size"] = "0" },
        { "a part that is no address", json => Header(json)["00002"] = "file:///etc/passwd" },
        { "no address", json => Upload(json).Remove("href") },
    };

    [Theory]
    [MemberData(nameof(BadBatches), DisableDiscoveryEnumeration = true)]
    public async Task A_batch_that_no_hub_gives_is_refused(string name, Action<JsonObject> change)
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Change(UploadBench.Json(change)));

        var exception = await _bench.RefusedAsync();

        Assert.True(exception.Kind == HubErrorKind.Protocol, name);
        Assert.Empty(_bench.Puts());
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_part_whose_name_is_no_unicode_is_refused()
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Change(reply => reply.WithBody(HostedContent.Of(Encoding.UTF8.GetString(reply.Body.ToArray()).Replace("\"chunk_size\"", "\"\\ud800\":\"\",\"chunk_size\"", StringComparison.Ordinal)))));

        Assert.Equal(HubErrorKind.Protocol, (await _bench.RefusedAsync()).Kind);

        _bench.AssertUntouched();
    }

    [Theory]
    [InlineData("scheduler/config.json")]
    [InlineData("small.safetensors")]
    [InlineData(LargePath)]
    public async Task A_file_that_changes_after_it_was_hashed_is_not_sent(string path)
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Before(_ => _bench.Change(path)));

        var exception = await _bench.RefusedAsync();

        Assert.Equal(HubErrorKind.Mismatch, exception.Kind);
        Assert.Contains("changed", exception.Message, StringComparison.Ordinal);
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_file_that_changes_before_it_is_hashed_is_not_sent_either()
    {
        _bench.Fault(FaultRule.OnPost("/api/validate-yaml").Before(_ => _bench.Change("README.md")));

        Assert.Equal(HubErrorKind.Mismatch, (await _bench.RefusedAsync()).Kind);

        _bench.AssertUntouched();
    }

    public static TheoryData<string, string> Steps() => new()
    {
        { "POST", "/api/validate-yaml" },
        { "POST", "/api/repos/create" },
        { "GET", "*/auth-check/write" },
        { "GET", "/api/models/alice/lora/revision/main" },
        { "POST", "*/preupload/main" },
        { "POST", "*/info/lfs/objects/batch" },
        { "PUT", "*" },
        { "POST", UploadBench.CompletionPath },
        { "POST", "*/info/lfs/verify" },
        { "POST", UploadBench.CommitPath },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_failure_at_any_step_leaves_the_repository_as_it_was(string method, string path)
    {
        List<Func<FaultRule, FaultRule>> faults = [rule => rule.Fail(500), rule => rule.Fail(400, "No."), rule => rule.Reset(), rule => rule.CaptivePortal()];
        foreach (var (index, fault) in faults.Take(path is "/api/repos/create" or "*/auth-check/write" ? 3 : 4).Index())
        {
            // What an earlier try has stored would not be sent again.
            _bench.Write("small.safetensors", UploadBench.Bytes(5001 + index));
            _bench.Write(LargePath, UploadBench.Bytes(UploadBench.LargeSize + 1 + index));
            _bench.Server.Faults.Clear();
            var rule = _bench.Fault(fault(FaultRule.On(method, path)));

            await _bench.RefusedAsync(request => request with { CreatesRepository = true });

            Assert.True(rule.Applied > 0);
            _bench.AssertUntouched();
        }
    }

    [Fact]
    public async Task A_cancelled_upload_ends_at_once_and_lets_go_of_everything()
    {
        using var source = new CancellationTokenSource();
        _bench.Fault(FaultRule.OnPut().StallWhileReading(10_000));
        _bench.Observer.OnAdvanced = (_, count) =>
        {
            if (count > 0)
            {
                source.Cancel();
            }
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.UploadAsync(cancellation: source.Token));

        Directory.Delete(_bench.Folder, recursive: true);
        Assert.Equal(0, _bench.CommitCount());
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task An_upload_that_was_cancelled_is_done_by_the_next_one()
    {
        using var source = new CancellationTokenSource();
        _bench.Fault(FaultRule.OnPost(UploadBench.CompletionPath).After(_ => source.Cancel()).WaitBeforeAnswer(TimeSpan.FromSeconds(30)).Once());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.UploadAsync(cancellation: source.Token));
        _bench.AssertUntouched();
        _bench.Server.Requests.Clear();

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.True(_bench.Puts().Count <= 1, "What was stored was sent again.");
    }

    [Fact]
    public async Task A_content_that_can_not_be_taken_now_is_offered_again()
    {
        var error = new Action<JsonObject>(json => json["objects"]![0]!["error"] = new JsonObject { ["code"] = 503, ["message"] = "busy" });
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Change(UploadBench.Json(error)).Times(2));

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(3, _bench.Server.Requests.CountOf("POST", UploadBench.BatchPath));
    }

    [Fact]
    public async Task A_storage_that_is_silent_is_sent_the_content_again_after_the_time_of_a_transfer()
    {
        _bench.Fault(FaultRule.OnPut().When(request => request.Query("partNumber") == "1").WaitBeforeAnswer(TimeSpan.FromSeconds(60)).Once());
        var clock = System.Diagnostics.Stopwatch.StartNew();

        await _bench.UploadAsync(settings: settings => settings with { UploadTimeout = TimeSpan.FromSeconds(1) });

        _bench.AssertUploaded();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 15);
    }

    private static JsonObject Upload(JsonObject json) => json["objects"]!.AsArray().Single(item => (long)item!["size"]! == UploadBench.LargeSize)!["actions"]!["upload"]!.AsObject();

    private static JsonObject Header(JsonObject json) => Upload(json)["header"]!.AsObject();
}
