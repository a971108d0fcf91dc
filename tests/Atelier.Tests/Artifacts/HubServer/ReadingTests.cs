using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.HubServers;

public sealed class ReadingTests : IAsyncLifetime
{
    private HubServer _hub = null!;
    private HubProbe _probe = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubServer.StartAsync();
        _probe = new HubProbe(_hub);
        _model = _hub.AddModel("ns/name", static files => files.Add("config.json", "{}").Add("unet/a b#1.json", "[1]").AddVirtual("unet/x.safetensors", 3_000_000));
    }

    public async ValueTask DisposeAsync()
    {
        _probe.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_regular_file_comes_by_a_relative_redirect_on_the_hub()
    {
        using var head = await _probe.HeadAsync("/ns/name/resolve/main/config.json");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, head.StatusCode);
        Assert.StartsWith($"/api/resolve-cache/models/ns/name/{_model.Sha}/config.json?%2Fns%2Fname%2Fresolve%2Fmain%2Fconfig.json=&etag=%22", head.Raw("Location"), StringComparison.Ordinal);
        Assert.Equal(_model.Sha, head.Raw("X-Repo-Commit"));
        Assert.Equal("\"" + BlobId("{}") + "\"", head.Raw("X-Linked-Etag"));
        Assert.Equal("2", head.Raw("X-Linked-Size"));
        Assert.NotEqual("2", head.Raw("Content-Length"));

        using var file = await _probe.GetAsync(head.Raw("Location")!);
        Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        Assert.Equal("{}", await file.Content.ReadAsStringAsync());
        Assert.Equal("\"" + BlobId("{}") + "\"", file.Raw("ETag"));
        Assert.Equal("2", file.Raw("Content-Length"));
        Assert.Equal(_model.Sha, file.Raw("X-Repo-Commit"));
    }

    [Fact]
    public async Task A_redirect_without_its_query_is_reported_and_still_leads_to_the_file()
    {
        using var head = await _probe.HeadAsync("/ns/name/resolve/main/config.json");
        using var file = await _probe.GetAsync(head.Raw("Location")!.Split('?')[0]);

        Assert.Equal("{}", await file.Content.ReadAsStringAsync());
        Assert.Equal(ViolationKind.LostRedirectQuery, Assert.Single(_hub.Violations).Kind);
    }

    [Fact]
    public async Task A_large_file_comes_from_the_storage_with_another_etag()
    {
        using var head = await _probe.HeadAsync("/ns/name/resolve/main/unet/x.safetensors");
        using var file = await _probe.GetAsync(head.Raw("Location")!);
        var bytes = await file.Content.ReadAsByteArrayAsync();

        Assert.Equal(HttpStatusCode.Found, head.StatusCode);
        Assert.StartsWith(_hub.StorageOrigin + "/", head.Raw("Location"), StringComparison.Ordinal);
        Assert.NotEqual(_hub.Endpoint, _hub.StorageOrigin);
        Assert.Equal("3000000", head.Raw("X-Linked-Size"));
        Assert.Contains("rel=\"xet-auth\"", head.Raw("Link"), StringComparison.Ordinal);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"", head.Raw("X-Linked-Etag"));
        Assert.Matches("^\"[0-9a-f]{64}\"$", file.Raw("ETag"));
        Assert.NotEqual(head.Raw("X-Linked-Etag"), file.Raw("ETag"));
        Assert.Null(file.Raw("X-Repo-Commit"));
        Assert.Empty(_hub.Violations);
    }

    [Fact]
    public async Task A_signed_url_is_good_only_as_it_was_written()
    {
        using var head = await _probe.HeadAsync("/ns/name/resolve/main/unet/x.safetensors");
        var location = head.Raw("Location")!;
        Assert.Contains("%42ucket", location, StringComparison.Ordinal);

        foreach (var changed in new[] { location.Replace("%42", "B", StringComparison.Ordinal), location.Replace("%3b", "%3B", StringComparison.Ordinal), location + "0", location.Replace("Expires=1", "Expires=2", StringComparison.Ordinal) })
        {
            using var refused = await _probe.GetAsync(changed);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("<Code>SignatureDoesNotMatch</Code>", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        _hub.Clock.Advance(TimeSpan.FromMinutes(61));
        using var expired = await _probe.GetAsync(location);
        Assert.Equal(HttpStatusCode.Forbidden, expired.StatusCode);
        Assert.Contains("Request has expired", await expired.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_at_the_storage_is_refused_and_recorded()
    {
        using var head = await _probe.HeadAsync("/ns/name/resolve/main/unet/x.safetensors");
        using var refused = await _probe.GetAsync(head.Raw("Location")!, ("Authorization", "Bearer hf_secret"));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(ViolationKind.TokenLeak, Assert.Single(_hub.Violations).Kind);
        Assert.Single(_hub.Requests.LeakedTokens());
    }

    [Theory]
    [InlineData("bytes=5-", 206, "bytes 5-2999999/3000000", 2_999_995)]
    [InlineData("bytes=5-9", 206, "bytes 5-9/3000000", 5)]
    [InlineData("bytes=-7", 206, "bytes 2999993-2999999/3000000", 7)]
    [InlineData("bytes=2999999-4000000", 206, "bytes 2999999-2999999/3000000", 1)]
    [InlineData("bytes=3000000-", 416, "bytes */3000000", 0)]
    [InlineData("bytes=0-1,5-6", 200, null, 3_000_000)]
    [InlineData("lines=0-1", 200, null, 3_000_000)]
    public async Task Ranges_are_parts_of_the_whole(string range, int status, string? contentRange, int length)
    {
        var whole = _model.File("unet/x.safetensors").Content.ToArray();
        using var part = await _probe.FileAsync("/ns/name/resolve/main/unet/x.safetensors", ("Range", range));
        var bytes = await part.Content.ReadAsByteArrayAsync();

        Assert.Equal(status, (int)part.StatusCode);
        Assert.Equal(contentRange, part.Raw("Content-Range"));
        Assert.Equal(length, bytes.Length);
        var start = contentRange is null || length == 0 ? 0 : int.Parse(contentRange.Split(' ', '-')[1]);
        Assert.True(whole.AsSpan(start, length).SequenceEqual(bytes));
    }

    [Fact]
    public async Task The_listing_is_paged_by_absolute_links()
    {
        _hub.Options.TreePageSize = 2;
        var paths = new List<string>();
        string? url = "/api/models/ns/name/tree/main?recursive=true&expand=false";
        for (var pages = 0; url is not null; pages++)
        {
            Assert.True(pages < 5);
            using var page = await _probe.GetAsync(url);
            paths.AddRange(JsonNode.Parse(await page.Content.ReadAsStringAsync())!.AsArray().Select(static entry => $"{entry!["type"]} {entry["path"]}"));
            url = page.Raw("Link")?.Split(", ").Single(static link => link.EndsWith("rel=\"next\"", StringComparison.Ordinal)).Split('<', '>')[1];
            Assert.StartsWith(url is null ? "" : _hub.Endpoint + "/api/models/ns/name/tree/main?recursive=true&expand=false&cursor=", url ?? "", StringComparison.Ordinal);
        }

        Assert.Equal(["file config.json", "directory unet", "file unet/a b#1.json", "file unet/x.safetensors"], paths);
    }

    [Fact]
    public async Task An_lfs_entry_names_the_content_and_its_pointer()
    {
        var entries = (await _probe.JsonAsync("/api/models/ns/name/tree/main/unet")).AsArray();
        var entry = entries.Single(static entry => (string?)entry!["path"] == "unet/x.safetensors")!;
        var sha256 = _model.File("unet/x.safetensors").Id;
        var pointer = $"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 3000000\n";

        Assert.Equal(2, entries.Count);
        Assert.Equal(sha256, (string?)entry["lfs"]!["oid"]);
        Assert.Equal(BlobId(pointer), (string?)entry["oid"]);
        Assert.Equal(pointer.Length, (int)entry["lfs"]!["pointerSize"]!);
        Assert.NotNull(entry["xetHash"]);
    }

    [Fact]
    public async Task Branches_tags_pull_requests_and_commits_are_revisions()
    {
        var old = _model.Sha;
        _model.AddTag("v1").AddBranch("dev/x");
        _model.Commit(static files => files.Add("config.json", "{\"a\":1}"), "dev/x");
        var number = _model.AddPullRequest(static files => files.Remove("config.json"));

        foreach (var (revision, sha) in new[] { ("main", old), ("v1", old), ("dev%2Fx", _model.Head("dev/x").Id), ($"refs%2Fpr%2F{number}", _model.Head($"refs/pr/{number}").Id), (old, old) })
        {
            Assert.Equal(sha, (string?)(await _probe.JsonAsync($"/api/models/ns/name/revision/{revision}"))["sha"]);
        }

        using var missing = await _probe.GetAsync("/api/models/ns/name/revision/nope");
        Assert.Equal("RevisionNotFound", missing.Raw("X-Error-Code"));
        Assert.Equal("Invalid rev id: nope", missing.Raw("X-Error-Message"));
        using var entry = await _probe.HeadAsync($"/ns/name/resolve/refs%2Fpr%2F{number}/config.json");
        Assert.Equal(HttpStatusCode.NotFound, entry.StatusCode);
        Assert.Equal("EntryNotFound", entry.Raw("X-Error-Code"));
        Assert.Equal(_model.Head($"refs/pr/{number}").Id, entry.Raw("X-Repo-Commit"));
        var references = await _probe.JsonAsync("/api/models/ns/name/refs?include_prs=1");
        Assert.Equal("refs/heads/dev/x", (string?)references["branches"]![1]!["ref"]);
        Assert.Equal($"refs/pr/{number}", (string?)references["pullRequests"]![0]!["ref"]);
        Assert.Equal(2, (await _probe.JsonAsync("/api/models/ns/name/commits/dev%2Fx")).AsArray().Count);
    }

    [Fact]
    public async Task A_private_model_looks_missing()
    {
        _model.IsPrivate = true;
        _hub.AddUser("bob", "hf_bob");
        _hub.AddUser("carol", "hf_carol").In("ns", "read");
        using var stranger = new HubProbe(_hub, "hf_bob");
        using var member = new HubProbe(_hub, "hf_carol");
        using var wrong = new HubProbe(_hub, "hf_wrong");
        foreach (var (probe, status, message) in new[] { (_probe, 401, "Invalid username or password."), (stranger, 404, "Repository not found"), (wrong, 401, "Invalid credentials in Authorization header") })
        {
            using var answer = await probe.HeadAsync("/ns/name/resolve/main/config.json");
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(message, answer.Raw("X-Error-Message"));
        }

        using var file = await member.FileAsync("/ns/name/resolve/main/config.json");
        Assert.Equal("{}", await file.Content.ReadAsStringAsync());
        using var redirect = await member.GetAsync("/ns/name/resolve/main/config.json");
        using var withoutToken = await _probe.GetAsync(redirect.Raw("Location")!);
        Assert.Equal(HttpStatusCode.Unauthorized, withoutToken.StatusCode);
    }

    [Fact]
    public async Task A_gated_model_shows_its_listing_and_not_its_files()
    {
        _model.Gating = Gating.Manual;
        _hub.AddUser("bob", "hf_bob").With(new AccessToken("hf_fine", TokenRole.FineGrained));
        using var bob = new HubProbe(_hub, "hf_bob");
        using var fine = new HubProbe(_hub, "hf_fine");

        Assert.Equal("manual", (string?)(await _probe.JsonAsync("/api/models/ns/name"))["gated"]);
        Assert.NotEmpty((await _probe.JsonAsync("/api/models/ns/name/tree/main")).AsArray());
        using var anonymous = await _probe.GetAsync("/ns/name/resolve/main/config.json");
        using var refused = await bob.GetAsync("/ns/name/resolve/main/config.json");
        _model.GrantedUsers.Add("bob");
        using var granted = await bob.GetAsync("/ns/name/resolve/main/config.json");
        using var scope = await fine.GetAsync("/ns/name/resolve/main/config.json");

        Assert.Equal((401, "GatedRepo"), ((int)anonymous.StatusCode, anonymous.Raw("X-Error-Code")));
        Assert.Equal((403, "GatedRepo"), ((int)refused.StatusCode, refused.Raw("X-Error-Code")));
        Assert.Equal(307, (int)granted.StatusCode);
        Assert.Equal(403, (int)scope.StatusCode);
        Assert.Contains("fine-grained token settings", scope.Raw("X-Error-Message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renamed_model_redirects_with_everything_else_kept()
    {
        _hub.Rename(_model, "other/new");
        using var api = await _probe.GetAsync("/api/models/ns/name/tree/main?recursive=true");
        using var file = await _probe.HeadAsync("/ns/name/resolve/main/unet/a%20b%231.json?x=%2f");

        Assert.Equal(307, (int)api.StatusCode);
        Assert.Equal("/api/models/other/new/tree/main?recursive=true", api.Raw("Location"));
        Assert.Equal("/other/new/resolve/main/unet/a%20b%231.json?x=%2f", file.Raw("Location"));
    }

    [Fact]
    public async Task A_disabled_model_says_so()
    {
        _model.IsDisabled = true;
        using var answer = await _probe.GetAsync("/api/models/ns/name");
        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Equal("Access to this resource is disabled.", answer.Raw("X-Error-Message"));
    }

    [Fact]
    public async Task A_hub_behind_a_mirror_claims_its_own_name()
    {
        _hub.Options.ClaimedOrigin = "https://huggingface.co";
        _hub.Options.TreePageSize = 1;
        using var page = await _probe.GetAsync("/api/models/ns/name/tree/main");
        Assert.Contains("<https://huggingface.co/api/models/ns/name/tree/main?cursor=", page.Raw("Link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoami_knows_the_token()
    {
        _hub.AddUser("alice", "hf_alice", TokenRole.Read).In("acme");
        using var alice = new HubProbe(_hub, "hf_alice");
        var answer = await alice.JsonAsync("/api/whoami-v2");

        Assert.Equal("alice", (string?)answer["name"]);
        Assert.Equal("acme", (string?)answer["orgs"]![0]!["name"]);
        Assert.Equal("read", (string?)answer["auth"]!["accessToken"]!["role"]);
        using var nobody = await _probe.GetAsync("/api/whoami-v2");
        Assert.Equal(401, (int)nobody.StatusCode);
    }

    [Fact]
    public async Task Paths_that_do_not_exist_are_left_out()
    {
        using var answer = await _probe.PostAsync("/api/models/ns/name/paths-info/main", new JsonObject { ["paths"] = new JsonArray("nope", "config.json", "unet"), ["expand"] = false });
        var entries = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsArray();
        Assert.Equal(["config.json", "unet"], entries.Select(static entry => (string?)entry!["path"]));
    }

    [Fact]
    public async Task The_card_is_part_of_the_model_information()
    {
        _model.Commit(static files => files.Add("README.md", "---\nlicense: mit\ntags: [lora, \"a: b\"]\nlibrary_name: diffusers\nbase_model:\n- x/y\n---\n# Title\n"));
        var answer = await _probe.JsonAsync("/api/models/ns/name?blobs=true");

        Assert.Equal("mit", (string?)answer["cardData"]!["license"]);
        Assert.Equal("diffusers", (string?)answer["library_name"]);
        Assert.Equal(["diffusers", "lora", "a: b", "base_model:x/y", "license:mit"], answer["tags"]!.AsArray().Select(static tag => (string?)tag));
        Assert.Equal(3_000_000, (long)answer["siblings"]!.AsArray().Single(static file => (string?)file!["rfilename"] == "unet/x.safetensors")!["lfs"]!["size"]!);
    }

    [Fact]
    public async Task An_etag_that_is_known_is_not_sent_again()
    {
        using var answer = await _probe.GetAsync("/ns/name/resolve/main/config.json", ("If-None-Match", "\"" + BlobId("{}") + "\""));
        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        Assert.Equal(_model.Sha, answer.Raw("X-Repo-Commit"));
    }

    [Fact]
    public async Task The_network_compresses_for_those_who_ask_for_it()
    {
        _model.Commit(static files => files.Add("big.json", HostedContent.Of("{\"a\":1}"), isLfs: true));
        using var answer = await _probe.FileAsync("/ns/name/resolve/main/big.json", ("Accept-Encoding", "gzip"), ("Range", "bytes=2-"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("gzip", answer.Raw("Content-Encoding"));
        Assert.StartsWith("W/", answer.Raw("ETag"), StringComparison.Ordinal);
        Assert.Null(answer.Raw("Content-Length"));
        Assert.Equal(ViolationKind.AcceptEncoding, Assert.Single(_hub.Violations).Kind);
    }

    [Fact]
    public async Task Requests_are_kept_exactly_as_sent()
    {
        using var first = await _probe.GetAsync("/ns/name/resolve/main/unet/a%20b%231.json?x=%2f&y", ("Range", "bytes=1-"));
        var request = Assert.Single(_hub.Requests);

        Assert.Equal("/ns/name/resolve/main/unet/a%20b%231.json?x=%2f&y", request.RawTarget);
        Assert.Equal("bytes=1-", request.Header("range"));
        Assert.Equal(307, request.Status);
        Assert.Equal(1, _hub.Requests.CountOf("GET", "/ns/name/resolve/*"));
        Assert.Equal(0, _hub.Requests.CountOf("HEAD", "/ns/name/resolve/*"));
    }

    [Fact]
    public async Task Many_transfers_run_at_once()
    {
        const int count = 32;
        _hub.Faults.Add(FaultRule.OnContent().Before(_ => SpinWait.SpinUntil(() => _hub.Requests.Count >= count, TimeSpan.FromMilliseconds(20))));
        using var head = await _probe.HeadAsync("/ns/name/resolve/main/unet/x.safetensors");
        var bodies = await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            using var file = await _probe.GetAsync(head.Raw("Location")!);
            return Convert.ToHexStringLower(SHA256.HashData(await file.Content.ReadAsByteArrayAsync()));
        }));

        Assert.All(bodies, sha256 => Assert.Equal(_model.File("unet/x.safetensors").Id, sha256));
        Assert.True(_hub.Requests.MaximumConcurrency(static request => request.Origin == HubOrigin.Storage) > 1);
        Assert.Equal(count * 3_000_000L, _hub.Requests.BytesSent(HubOrigin.Storage));
    }

    [Fact]
    public async Task Options_change_what_is_answered()
    {
        _model.IsPrivate = true;
        _hub.AddUser("ns", "hf_ns");
        using var owner = new HubProbe(_hub, "hf_ns");
        _hub.Options.AnswersPrivateFilesDirectly = true;
        _hub.Options.SendsMissingModelCode = false;
        _hub.Options.HasAuthCheck = false;
        _hub.Options.Warnings = ["a; one", "b; two"];
        _hub.Options.SignedUrlStyle = SignedUrlStyle.EncodedWithDotSegment;
        using var direct = await owner.GetAsync("/ns/name/resolve/main/config.json", ("Range", "bytes=1-"));
        using var large = await owner.GetAsync("/ns/name/resolve/main/unet/x.safetensors");
        using var file = await owner.GetAsync(large.Raw("Location")!);
        using var missing = await _probe.GetAsync("/api/models/ns/name");
        using var check = await owner.GetAsync("/api/models/ns/name/auth-check");

        Assert.Equal((206, "}"), ((int)direct.StatusCode, await direct.Content.ReadAsStringAsync()));
        Assert.Contains("/./", large.Raw("Location"), StringComparison.Ordinal);
        Assert.Equal(200, (int)file.StatusCode);
        Assert.Equal((401, null), ((int)missing.StatusCode, missing.Raw("X-Error-Code")));
        Assert.Equal((404, null), ((int)check.StatusCode, check.Raw("X-Error-Code")));
        Assert.Equal(["a; one", "b; two"], check.Headers.GetValues("X-HF-Warning"));
    }

    [Fact]
    public async Task An_old_style_name_has_one_part()
    {
        var model = _hub.AddModel("gpt2", static files => files.Add("config.json", "{}").Add("a/b.bin", [1]));
        Assert.Equal(model.Sha, (string?)(await _probe.JsonAsync("/api/models/gpt2"))["sha"]);
        Assert.Equal(model.Sha, (string?)(await _probe.JsonAsync("/api/models/gpt2/revision/main"))["sha"]);
        Assert.Equal(3, (await _probe.JsonAsync("/api/models/gpt2/tree/main?recursive=true")).AsArray().Count);
        foreach (var (path, length) in new[] { ("config.json", 2), ("a/b.bin", 1) })
        {
            using var file = await _probe.FileAsync("/gpt2/resolve/main/" + path);
            Assert.Equal(length, (await file.Content.ReadAsByteArrayAsync()).Length);
        }
    }

    [Fact]
    public async Task A_folder_on_disk_may_be_served()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("sub"));
        await File.WriteAllBytesAsync(folder.At("sub/w.bin"), HostedContent.Virtual(500_000).ToArray());
        var model = _hub.AddModel("ns/disk", files => files.AddFolder(folder.At("")));
        using var file = await _probe.FileAsync("/ns/disk/resolve/main/sub/w.bin", ("Range", "bytes=300000-"));

        Assert.Equal(HostedContent.Virtual(500_000).Sha256, model.File("sub/w.bin").Id);
        Assert.Equal(HostedContent.Virtual(500_000).ToArray()[300_000..], await file.Content.ReadAsByteArrayAsync());
    }

    private static string BlobId(string text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.UTF8.GetBytes($"blob {Encoding.UTF8.GetByteCount(text)}\0{text}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
