using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.HubServers;

public sealed class WritingTests : IAsyncLifetime
{
    private const string CommitTarget = "/api/models/alice/lora/commit/main";

    private HubServer _hub = null!;
    private HubProbe _alice = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubServer.StartAsync(new HubServerOptions { MultipartThreshold = 1000, ChunkSize = 400 });
        _hub.AddUser("alice", "hf_alice").In("acme").In("guests", "read");
        _hub.AddUser("bob", "hf_bob").With(new AccessToken("hf_bob_read", TokenRole.Read));
        _alice = new HubProbe(_hub, "hf_alice");
        _model = _hub.AddModel("alice/lora", static files => files.Add("config.json", "{}").Add("old/a.txt", "a").Add("old/b.txt", "b"));
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task An_upload_is_visible_to_every_reading_call()
    {
        byte[] small = [1, 2, 0, 4], large = HostedContent.Virtual(1234, 5).ToArray();
        var preupload = await _alice.PostAsync("/api/models/alice/lora/preupload/main", new JsonObject
        {
            ["files"] = new JsonArray(Candidate("README.md", "# Hi"u8), Candidate("a.safetensors", small), Candidate("b.bin", large), Candidate("config.json", "{}"u8), Candidate("x.log", "x"u8), Candidate("empty.bin", [])),
            ["gitIgnore"] = "*.log\n",
        }).JsonAsync();
        Assert.Equal(["regular", "lfs", "lfs", "regular", "regular", "regular"], preupload["files"]!.AsArray().Select(static file => (string?)file!["uploadMode"]));
        Assert.Equal([4], Indices(preupload["files"]!.AsArray(), static file => (bool)file["shouldIgnore"]!));
        Assert.Equal(_model.File("config.json").Id, (string?)preupload["files"]![3]!["oid"]);
        Assert.Null(preupload["files"]![0]!["oid"]);

        var batch = await _alice.BatchAsync("alice/lora", small, large).JsonAsync();
        await SendAsync(batch["objects"]![0]!, small);
        await SendAsync(batch["objects"]![1]!, large);
        var head = _model.Sha;
        var commit = await _alice.CommitAsync(CommitTarget, head, HubWriter.File("README.md", "# Hi"), HubWriter.LfsFile("a.safetensors", small), HubWriter.LfsFile("b.bin", large), HubWriter.Deletion("old/")).JsonAsync();

        Assert.Equal(_model.Sha, (string?)commit["commitOid"]);
        Assert.Equal(head, _model.Head().Parent!.Id);
        var paths = (await _alice.JsonAsync("/api/models/alice/lora/tree/main?recursive=true")).AsArray().Select(static entry => (string?)entry!["path"]);
        Assert.Equal([".gitattributes", "README.md", "a.safetensors", "b.bin", "config.json"], paths);
        using var file = await _alice.FileAsync("/alice/lora/resolve/main/b.bin");
        Assert.Equal(large, await file.Content.ReadAsByteArrayAsync());
        Assert.Equal("Upload", (string?)(await _alice.JsonAsync("/api/models/alice/lora/commits/main"))[0]!["title"]);
        Assert.Equal((string?)commit["commitOid"], (string?)(await _alice.JsonAsync("/api/models/alice/lora"))["sha"]);
        Assert.Empty(_hub.Violations);
    }

    [Fact]
    public async Task Parts_are_counted_and_their_etags_compared()
    {
        var large = HostedContent.Virtual(1234).ToArray();
        var answer = (await _alice.BatchAsync("alice/lora", large).JsonAsync())["objects"]![0]!;
        var upload = answer["actions"]!["upload"]!;
        Assert.Equal(["chunk_size", "00001", "00002", "00003", "00004"], upload["header"]!.AsObject().Select(static pair => pair.Key));
        Assert.Equal(400, (await _alice.PutAsync(upload["header"]!["00004"]!, large[..400]).StatusAsync()).Status);

        var etags = new List<string>();
        foreach (var part in large.Chunk(400))
        {
            using var stored = await _alice.PutAsync(upload["header"]![$"{etags.Count + 1:00000}"]!, part);
            etags.Add(stored.Raw("ETag")!);
        }

        Assert.All(etags, static etag => Assert.Matches("^\"[0-9a-f]{32}\"$", etag));
        Assert.Equal(400, (await _alice.PostLfsAsync((string)upload["href"]!, Completion(large, [.. etags.Select(static etag => etag.Trim('"'))])).StatusAsync()).Status);
        Assert.Equal(400, (await _alice.PostLfsAsync((string)upload["href"]!, Completion(large, etags[..3])).StatusAsync()).Status);
        Assert.Equal(200, (await _alice.PostLfsAsync((string)upload["href"]!, Completion(large, etags)).StatusAsync()).Status);
        Assert.Equal(404, (await _alice.PostLfsAsync((string)upload["href"]!, Completion(large, etags)).StatusAsync()).Status);
        Assert.Null((await _alice.BatchAsync("alice/lora", large).JsonAsync())["objects"]![0]!["actions"]);
    }

    [Fact]
    public async Task An_object_must_be_stored_and_verified()
    {
        byte[] bytes = [1, 2, 3];
        Assert.Contains("does not exist", (await _alice.CommitAsync(CommitTarget, null, HubWriter.LfsFile("a.bin", bytes)).StatusAsync()).Text, StringComparison.Ordinal);
        var actions = (await _alice.BatchAsync("alice/lora", bytes).JsonAsync())["objects"]![0]!["actions"]!;
        Assert.Equal(404, (await _alice.VerifyAsync(actions, bytes).StatusAsync()).Status);
        Assert.Equal(200, (await _alice.PutAsync(actions["upload"]!["href"]!, [1, 2, 4]).StatusAsync()).Status);
        Assert.Equal(422, (await _alice.VerifyAsync(actions, bytes).StatusAsync()).Status);
        Assert.Equal(200, (await _alice.PutAsync(actions["upload"]!["href"]!, bytes).StatusAsync()).Status);
        var (status, text) = await _alice.CommitAsync(CommitTarget, null, HubWriter.LfsFile("a.bin", bytes)).StatusAsync();
        Assert.Equal(400, status);
        Assert.Contains("not verified", text, StringComparison.Ordinal);
        Assert.Equal(200, (await _alice.VerifyAsync(actions, bytes).StatusAsync()).Status);
        Assert.Equal(200, (await _alice.CommitAsync(CommitTarget, null, HubWriter.LfsFile("a.bin", bytes)).StatusAsync()).Status);
    }

    [Fact]
    public async Task The_storage_takes_only_what_was_signed()
    {
        byte[] bytes = [1, 2, 3];
        var href = (string)(await _alice.BatchAsync("alice/lora", bytes).JsonAsync())["objects"]![0]!["actions"]!["upload"]!["href"]!;
        var typed = new ByteArrayContent(bytes);
        typed.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var chunked = new StreamContent(new UnknownLengthStream(bytes));

        Assert.Equal(403, (await _alice.SendAsync(HttpMethod.Put, href, typed).StatusAsync()).Status);
        Assert.Equal(501, (await _alice.SendAsync(HttpMethod.Put, href, chunked).StatusAsync()).Status);
        Assert.Equal(501, (await _alice.SendAsync(HttpMethod.Put, href, new ByteArrayContent([])).StatusAsync()).Status);
        Assert.Equal(400, (await _alice.SendAsync(HttpMethod.Put, href, new ByteArrayContent(bytes), ("Authorization", "Bearer x")).StatusAsync()).Status);
        Assert.Equal(400, (await _alice.SendAsync(HttpMethod.Put, href, new ByteArrayContent([1, 2])).StatusAsync()).Status);
        Assert.Equal(403, (await _alice.SendAsync(HttpMethod.Put, href.Replace("%2f", "%2F", StringComparison.Ordinal), new ByteArrayContent(bytes)).StatusAsync()).Status);
        _hub.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Contains("Request has expired", (await _alice.SendAsync(HttpMethod.Put, href, new ByteArrayContent(bytes)).StatusAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(
            [ViolationKind.UploadWithContentType, ViolationKind.UploadWithoutLength, ViolationKind.EmptyUpload, ViolationKind.TokenLeak, ViolationKind.Protocol, ViolationKind.ChangedSignedUrl],
            _hub.Violations.Select(static violation => violation.Kind));
    }

    [Fact]
    public async Task A_commit_in_between_is_a_conflict()
    {
        var head = _model.Sha;
        _hub.Faults.Add(FaultRule.OnPost(CommitTarget).LoseAnswer().Once());
        await Assert.ThrowsAsync<HttpRequestException>(() => _alice.CommitAsync(CommitTarget, head, HubWriter.File("a.txt", "1")));
        Assert.Equal("1", Encoding.UTF8.GetString(_model.File("a.txt").Content.ToArray()));

        var (status, text) = await _alice.CommitAsync(CommitTarget, head, HubWriter.File("a.txt", "1")).StatusAsync();
        Assert.Equal(412, status);
        Assert.Contains("A commit has happened since. Please refresh and try again.", text, StringComparison.Ordinal);
        Assert.Equal(head, _model.Head().Parent!.Id);
    }

    [Fact]
    public async Task A_bad_line_spoils_the_whole_commit()
    {
        var head = _model.Sha;
        var good = HubWriter.File("good.txt", "1");
        foreach (var bad in new[]
        {
            HubWriter.File("../x", "1"), HubWriter.File("/x", "1"), HubWriter.File(".git/config", "1"), HubWriter.File("a/.cache/x", "1"), HubWriter.File("nul.txt", "a\0b"),
            HubWriter.File("README.md", "---\nlicense: nonsense\n---\n"), HubWriter.Deletion("nope.txt"), HubWriter.Deletion("nope/"), new JsonObject { ["key"] = "what", ["value"] = new JsonObject() },
        })
        {
            var (status, text) = await _alice.CommitAsync(CommitTarget, head, good, bad).StatusAsync();
            Assert.True(status == 400, bad.ToJsonString());
            Assert.StartsWith("{\"errors\":[{\"message\":", text, StringComparison.Ordinal);
        }

        Assert.Equal(head, _model.Sha);
    }

    [Fact]
    public async Task A_pull_request_needs_only_reading()
    {
        using var bob = new HubProbe(_hub, "hf_bob");
        using var reader = new HubProbe(_hub, "hf_bob_read");
        var head = _model.Sha;
        Assert.Contains("create_pr=1", (await bob.CommitAsync(CommitTarget, head, HubWriter.File("a.txt", "1")).StatusAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(403, (await bob.GetAsync("/api/models/alice/lora/auth-check/write").StatusAsync()).Status);
        Assert.Equal(200, (await bob.GetAsync("/api/models/alice/lora/auth-check").StatusAsync()).Status);
        Assert.Contains("write token", (await reader.CommitAsync(CommitTarget + "?create_pr=1", head, HubWriter.File("a.txt", "1")).StatusAsync()).Text, StringComparison.Ordinal);
        var commit = await bob.CommitAsync(CommitTarget + "?create_pr=1", head, HubWriter.File("a.txt", "1")).JsonAsync();

        Assert.Equal(_hub.Endpoint + "/alice/lora/discussions/1", (string?)commit["pullRequestUrl"]);
        Assert.Equal(head, _model.Sha);
        Assert.Equal((string?)commit["commitOid"], _model.Head("refs/pr/1").Id);
        Assert.Equal(200, (await _alice.CommitAsync("/api/models/alice/lora/commit/refs%2Fpr%2F1", null, HubWriter.File("b.txt", "1")).StatusAsync()).Status);
    }

    [Fact]
    public async Task Creating_respects_namespaces_and_what_exists()
    {
        _hub.PrivateOrganizations.Add("acme");
        using var reader = new HubProbe(_hub, "hf_bob_read");
        using var nobody = new HubProbe(_hub);
        var created = await CreateAsync(_alice, "alice", "new", "private").JsonAsync();
        var again = await CreateAsync(_alice, "alice", "new", null).StatusAsync();

        Assert.Equal(_hub.Endpoint + "/alice/new", (string?)created["url"]);
        Assert.True(_hub.Model("alice/new").IsPrivate);
        Assert.Equal([".gitattributes"], _hub.Model("alice/new").Head().Files.Keys);
        Assert.Equal((409, $$"""{"error":"You already created this model repo","url":"{{_hub.Endpoint}}/alice/new"}"""), again);
        Assert.Equal(403, (await CreateAsync(_alice, "acme", "a", "public").StatusAsync()).Status);
        Assert.Equal(200, (await CreateAsync(_alice, "acme", "a", null).StatusAsync()).Status);
        Assert.True(_hub.Model("acme/a").IsPrivate);
        Assert.Contains("under the namespace \\u0022guests\\u0022", (await CreateAsync(_alice, "guests", "a", null).StatusAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(403, (await CreateAsync(reader, "bob", "a", null).StatusAsync()).Status);
        Assert.Equal(400, (await CreateAsync(_alice, "alice", "a--b", null).StatusAsync()).Status);
        Assert.Equal(401, (await CreateAsync(nobody, "bob", "a", null).StatusAsync()).Status);
    }

    [Theory]
    [InlineData("---\nlicense: mit\n---\n# x", null)]
    [InlineData("# x", null)]
    [InlineData("---\nlicense: my-own\n---\n", "\"license\" must be one of")]
    [InlineData("---\nbase_model: /models/x\n---\n", "\"base_model\" with value \"/models/x\" is not valid. Use a model id from https://hf.co/models.")]
    [InlineData("---\nbase_model:\n- a/b\n- ../c\n---\n", "\"base_model\" with value \"../c\" is not valid")]
    [InlineData("---\na: [1, 2\n---\n", "YAML")]
    [InlineData("---\na: \"x\n---\n", "YAML")]
    [InlineData("---\na: b: c\n---\n", "YAML")]
    [InlineData("---\na: 1\na: 2\n---\n", "duplicated")]
    [InlineData("---\na:\n  b: 1\n c: 2\n---\n", "YAML")]
    [InlineData("---\n- a\n---\n", "not a mapping")]
    [InlineData("---\nlicense: 7\n---\n", "\"license\" must be a string")]
    [InlineData("---\nmodel-index: x\n---\n", "\"model-index\" must be an array")]
    public async Task Cards_are_checked(string card, string? error)
    {
        using var answer = await _alice.PostAsync("/api/validate-yaml", new JsonObject { ["content"] = card, ["repoType"] = "model" });
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(error is null ? 200 : 400, (int)answer.StatusCode);
        Assert.Contains(error ?? "", string.Concat(json["errors"]!.AsArray().Select(static item => (string)item!["message"]!)), StringComparison.Ordinal);
        Assert.Equal(card == "# x" ? 1 : 0, json["warnings"]!.AsArray().Count);
    }

    [Fact]
    public async Task Yaml_is_read_as_cards_write_it()
    {
        _model.Commit(static files => files.Add("README.md", """
            ---
            # a comment
            license: creativeml-openrail-m   # another
            tags:
            - lora
            - "quoted: yes"
            flow: [a, 'it''s', 3]
            widget:
            - text: "a photo, \"x\" \u00e9"
              output:
                url: images/a.png
            - text: plain text
            number: 1.5
            on: true
            nothing:
            text: |
              two
              lines
            ---
            body
            """));
        var card = (await _alice.JsonAsync("/api/models/alice/lora"))["cardData"]!;
        var expected = JsonNode.Parse("""
            {"license":"creativeml-openrail-m","tags":["lora","quoted: yes"],"flow":["a","it's",3],"widget":[{"text":"a photo, \"x\" é","output":{"url":"images/a.png"}},{"text":"plain text"}],
            "number":1.5,"on":true,"nothing":null,"text":"two\nlines\n"}
            """);
        Assert.True(JsonNode.DeepEquals(expected, card), card.ToJsonString());
    }

    [Fact]
    public async Task Verification_may_be_elsewhere()
    {
        _hub.Options.VerifiesAtStorage = true;
        byte[] bytes = [1, 2, 3];
        var actions = (await _alice.BatchAsync("alice/lora", bytes).JsonAsync())["objects"]![0]!["actions"]!;
        Assert.StartsWith(_hub.StorageOrigin, (string?)actions["verify"]!["href"], StringComparison.Ordinal);
        await _alice.PutAsync(actions["upload"]!["href"]!, bytes).StatusAsync();
        Assert.Equal(200, (await _alice.VerifyAsync(actions, bytes).StatusAsync()).Status);
    }

    [Fact]
    public async Task A_claimed_origin_is_in_every_body()
    {
        _hub.Options.ClaimedOrigin = "https://huggingface.co";
        var large = HostedContent.Virtual(1234).ToArray();
        var actions = (await _alice.BatchAsync("alice/lora", large).JsonAsync())["objects"]![0]!["actions"]!;
        Assert.StartsWith("https://huggingface.co/api/complete_multipart?", (string?)actions["upload"]!["href"], StringComparison.Ordinal);
        Assert.StartsWith(_hub.StorageOrigin, (string?)actions["upload"]!["header"]!["00001"], StringComparison.Ordinal);
        Assert.Equal("https://huggingface.co/alice/lora.git/info/lfs/verify", (string?)actions["verify"]!["href"]);
        Assert.StartsWith("https://huggingface.co/alice/lora/commit/", (string?)(await _alice.CommitAsync(CommitTarget, null, HubWriter.File("a", "1")).JsonAsync())["commitUrl"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_and_repeated_objects_of_a_batch_are_judged()
    {
        await _alice.PostAsync("/alice/lora.git/info/lfs/objects/batch", new JsonObject { ["operation"] = "upload", ["objects"] = new JsonArray() }).StatusAsync();
        await _alice.BatchAsync("alice/lora", [1], [1]).JsonAsync();
        Assert.Equal(3, _hub.Violations.Count(static violation => violation.Kind == ViolationKind.Protocol));
    }

    [Fact]
    public async Task An_upload_may_break_in_the_middle()
    {
        _hub.Options.MultipartThreshold = long.MaxValue;
        var bytes = HostedContent.Virtual(3_000_000).ToArray();
        var rule = _hub.Faults.Add(FaultRule.OnPut().At(HubOrigin.Storage).ResetWhileReading(100_000).Once());
        var actions = (await _alice.BatchAsync("alice/lora", bytes).JsonAsync())["objects"]![0]!["actions"]!;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _alice.PutAsync(actions["upload"]!["href"]!, bytes));
        Assert.Equal(1, rule.Applied);
        Assert.Equal(200, (await _alice.PutAsync(actions["upload"]!["href"]!, bytes).StatusAsync()).Status);
        Assert.Equal(200, (await _alice.VerifyAsync(actions, bytes).StatusAsync()).Status);
        Assert.Equal(100_000, _hub.Requests.Matching("PUT", "*")[0].BytesReceived);
    }

    [Fact]
    public async Task A_stalled_upload_is_given_up_by_the_client()
    {
        byte[] bytes = [1, 2, 3];
        _hub.Faults.Add(FaultRule.OnPut().StallWhileReading(2));
        var href = (await _alice.BatchAsync("alice/lora", bytes).JsonAsync())["objects"]![0]!["actions"]!["upload"]!["href"]!;
        var upload = _alice.PutAsync(href, bytes);
        Assert.NotSame(upload, await Task.WhenAny(upload, Task.Delay(200)));
        await _hub.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => upload);
    }

    [Theory]
    [InlineData("*.log", "a/b.log", true)]
    [InlineData("*.log", "a/b.logs", false)]
    [InlineData("/top.txt", "top.txt", true)]
    [InlineData("/top.txt", "a/top.txt", false)]
    [InlineData("build/", "a/build/x", true)]
    [InlineData("build/", "a/build", false)]
    [InlineData("a/**/z", "a/b/c/z", true)]
    [InlineData("*.log\n!keep.log", "a/keep.log", false)]
    [InlineData("# *.log", "x.log", false)]
    public async Task Ignored_files_are_named(string patterns, string path, bool isIgnored)
    {
        var answer = await _alice.PostAsync("/api/models/alice/lora/preupload/main", new JsonObject { ["files"] = new JsonArray(Candidate(path, "x"u8)), ["gitIgnore"] = patterns }).JsonAsync();
        Assert.Equal(isIgnored, (bool)answer["files"]![0]!["shouldIgnore"]!);
    }

    [Fact]
    public async Task Uploads_may_be_dropped_and_still_be_verified()
    {
        _hub.Options.DropsUploadedContent = true;
        var bytes = HostedContent.Virtual(900).ToArray();
        var item = (await _alice.BatchAsync("alice/lora", bytes).JsonAsync())["objects"]![0]!;
        await SendAsync(item, bytes);
        Assert.Equal(200, (await _alice.CommitAsync(CommitTarget, null, HubWriter.LfsFile("a.bin", bytes)).StatusAsync()).Status);
        Assert.Equal(HubWriter.Sha256(bytes), _model.File("a.bin").Id);
    }

    private static JsonObject Candidate(string path, ReadOnlySpan<byte> bytes) =>
        new() { ["path"] = path, ["size"] = bytes.Length, ["sample"] = Convert.ToBase64String(bytes[..Math.Min(512, bytes.Length)]) };

    private static IEnumerable<int> Indices(JsonArray items, Func<JsonNode, bool> filter) => Enumerable.Range(0, items.Count).Where(i => filter(items[i]!));

    private static Task<HttpResponseMessage> CreateAsync(HubProbe probe, string space, string name, string? visibility)
    {
        var body = new JsonObject { ["type"] = "model", ["organization"] = space, ["name"] = name };
        if (visibility is not null)
        {
            body["visibility"] = visibility;
        }

        return probe.PostAsync("/api/repos/create", body);
    }

    private static JsonObject Completion(byte[] bytes, IReadOnlyList<string> etags) => new()
    {
        ["oid"] = HubWriter.Sha256(bytes),
        ["parts"] = new JsonArray([.. etags.Select(static (etag, i) => new JsonObject { ["partNumber"] = i + 1, ["etag"] = etag })]),
    };

    private async Task SendAsync(JsonNode item, byte[] bytes)
    {
        var upload = item["actions"]!["upload"]!;
        if (upload["header"] is null)
        {
            Assert.Equal(200, (await _alice.PutAsync(upload["href"]!, bytes).StatusAsync()).Status);
        }
        else
        {
            var etags = new List<string>();
            foreach (var part in bytes.Chunk(int.Parse((string)upload["header"]!["chunk_size"]!)))
            {
                using var stored = await _alice.PutAsync(upload["header"]![$"{etags.Count + 1:00000}"]!, part);
                etags.Add(stored.Raw("ETag")!);
            }

            Assert.Equal(200, (await _alice.PostLfsAsync((string)upload["href"]!, Completion(bytes, etags)).StatusAsync()).Status);
        }

        Assert.Equal(200, (await _alice.VerifyAsync(item["actions"]!, bytes).StatusAsync()).Status);
    }

    // HttpClient sends what cannot tell its length in chunks.
    private sealed class UnknownLengthStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
