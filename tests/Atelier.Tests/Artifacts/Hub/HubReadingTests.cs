using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubReadingTests : IAsyncLifetime
{
    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _bench.Server.AddUser("alice", "hf_alice");
        _bench.Server.AddUser("bob", "hf_bob", TokenRole.Read);
        _model = _bench.Server.AddModel("ns/name", files => files.Add("README.md", "---\nlicense: mit\nlibrary_name: diffusers\ntags: [a, b]\nbase_model: x/y\n---\n").Add("a b/c#d.json", "{}").AddVirtual("x.safetensors", 1000));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_model_says_its_commit_and_licence()
    {
        var model = await _bench.Client().ModelAsync(Id);

        Assert.Equal((_model.Sha, "ns/name", false, HubGate.None, "mit"), (model.Commit, model.Id, model.IsPrivate, model.Gate, model.License));
        Assert.Equal("diffusers", model.LibraryName);
        Assert.Equal(["x/y"], model.BaseModels);
    }

    [Theory]
    [InlineData("""{"sha":"SHA","tags":["\ud800","b"],"cardData":{"license":["\ud800"],"base_model":["\ud800","x/y"]}}""")]
    [InlineData("""{"tags":["b"],"cardData":{"base_model":"x/y"},"sha":"SHA","c\ud800":1,"\ud800":{}}""")]
    public async Task A_text_that_is_no_unicode_is_passed_over(string json)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/models/*").AnswerJson(json.Replace("SHA", _model.Sha, StringComparison.Ordinal)));

        var found = await Record.ExceptionAsync(async () => Check(await _bench.Client().ModelAsync(Id)));

        Assert.True(found is null or HubException { Kind: HubErrorKind.Protocol }, $"{found}");

        static void Check(HubModel model)
        {
            Assert.Equal(["b"], model.Tags);
            Assert.Equal(["x/y"], model.BaseModels);
            Assert.Null(model.License);
        }
    }

    [Fact]
    public async Task A_listing_has_all_pages()
    {
        _bench.Server.Options.TreePageSize = 2;

        var entries = await _bench.Client().TreeAsync(Id);

        Assert.Equal(["README.md", "a b/c#d.json", "x.safetensors"], entries.Where(entry => !entry.IsFolder).Select(entry => entry.Path).Order(StringComparer.Ordinal));
        var large = entries.Single(entry => entry.Path == "x.safetensors");
        Assert.Equal((1000, _model.File("x.safetensors").Id, 64), (large.ByteCount, large.ContentId, large.ContentId.Length));
        Assert.NotEqual(large.BlobId, large.ContentId);
        Assert.True(_bench.Server.Requests.CountOf("GET", "*/tree/*") > 1);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task Addresses_of_the_public_hub_in_answers_mean_the_endpoint()
    {
        _bench.Server.Options.ClaimedOrigin = "https://huggingface.co";
        _bench.Server.Options.TreePageSize = 2;

        Assert.Equal(3, (await _bench.Client().TreeAsync(Id)).Count(entry => !entry.IsFolder));
    }

    [Fact]
    public async Task A_page_that_leads_to_itself_is_refused()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("*/tree/*").RepeatNextLink());

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().TreeAsync(Id))).Kind);
    }

    [Fact]
    public async Task A_next_page_on_another_server_is_refused_and_not_asked()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("*/tree/*").NextLink($"{_bench.Server.StorageOrigin}/api/models/ns/name/tree/main?cursor=x"));

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", "hf_alice")).TreeAsync(Id))).Kind);
        Assert.Empty(_bench.Server.Requests.To(HubOrigin.Storage));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\\\x")]
    [InlineData("\\\\\\\\host\\\\share")]
    [InlineData("a/./b")]
    [InlineData("a\\u0000b")]
    public async Task One_hostile_name_refuses_the_repository(string name)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("*/tree/*").AddTreeEntry($$"""{"type":"file","oid":"{{new string('a', 40)}}","size":1,"path":"{{name}}"}"""));

        Assert.Equal(HubErrorKind.InvalidName, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFilesAsync(Id))).Kind);
        Assert.False(Directory.Exists(_bench.Cache));
    }

    [Theory]
    [InlineData("""{"type":"file","oid":"../x","size":1,"path":"y"}""")]
    [InlineData("""{"type":"file","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"y"}""")]
    [InlineData("""{"type":"file","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":-1,"path":"y"}""")]
    [InlineData("""{"type":"file","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":9223372036854775807,"path":"y"}""")]
    [InlineData("""{"type":"file","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":1,"path":"y","lfs":{"oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":9223372036854775807}}""")]
    [InlineData("""{"type":"file","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":1}""")]
    [InlineData("""{"type":"file","oid":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":1,"path":"y","lfs":{"oid":"x","size":1}}""")]
    public async Task An_entry_that_says_too_little_is_refused(string entry)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("*/tree/*").AddTreeEntry(entry));

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().TreeAsync(Id))).Kind);
    }

    [Fact]
    public async Task Sizes_that_no_repository_has_are_refused()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("*/tree/*").AddTreeEntry(Entry('1', "p")).AddTreeEntry(Entry('2', "q")));
        _bench.Server.Faults.Add(FaultRule.OnPost("*/paths-info/*").AnswerJson($"[{Entry('1', "p")},{Entry('2', "q")}]"));

        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFilesAsync(Id))).Kind);
        Assert.Equal(HubErrorKind.Protocol, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().PathsAsync(Id, revision: null, ["p", "q"]))).Kind);

        static string Entry(char digit, string path) => $$"""{"type":"file","oid":"{{new string(digit, 40)}}","size":9223372036854775807,"path":"{{path}}"}""";
    }

    [Fact]
    public async Task Paths_are_asked_for_together()
    {
        var entries = await _bench.Client().PathsAsync(Id, revision: null, ["x.safetensors", "missing", "a b/c#d.json"]);

        Assert.Equal(["a b/c#d.json", "x.safetensors"], entries.Select(entry => entry.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Branches_and_tags_are_listed()
    {
        _model.AddBranch("dev/x").AddTag("v1");

        var references = await _bench.Client().RefsAsync(Id);

        Assert.Equal(["dev/x", "main"], references.Branches.Select(reference => reference.Name).Order(StringComparer.Ordinal));
        Assert.Equal(("v1", _model.Sha), (references.Tags.Single().Name, references.Tags.Single().Commit));
    }

    [Fact]
    public async Task The_token_says_whom_it_belongs_to()
    {
        var account = await _bench.Client(("HF_TOKEN", "hf_alice"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).WhoAmIAsync();

        Assert.Equal(("alice", "write"), (account.Name, account.Role));
    }

    [Fact]
    public async Task Names_of_an_account_cant_steer_a_terminal()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/whoami-v2").AnswerJson("""{"name":"al\u001b[31mice","orgs":[{"name":"ac\u001b[2Jme","roleInOrg":"read"}],"auth":{"accessToken":{"displayName":"a\rb","role":"wri\u0007te"}}}"""));

        var account = await _bench.Client(("HF_TOKEN", "hf_alice")).WhoAmIAsync();

        Assert.Equal(("al [31mice", "wri te", "a b"), (account.Name, account.Role, account.TokenName));
        Assert.Equal(["ac [2Jme"], account.Organizations);
        Assert.Equal(account.Organizations, account.ReadOnlyOrganizations);
    }

    [Fact]
    public async Task A_wrong_token_is_named_by_its_source_and_never_shown()
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", "hf_wrong")).WhoAmIAsync());

        Assert.Equal(HubErrorKind.InvalidToken, exception.Kind);
        Assert.Contains("HF_TOKEN", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_wrong", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_repository_that_is_missing_or_private_is_told_as_both(bool sendsCode)
    {
        _bench.Server.Options.SendsMissingModelCode = sendsCode;

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(HubRepositoryId.Parse("ns/nothing")));

        Assert.Equal(HubErrorKind.RepositoryNotFound, exception.Kind);
        Assert.True(exception.IsRequestFault);
        Assert.Contains("ns/nothing was not found, or is private", exception.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.RequestId);
        Assert.Contains(exception.RequestId, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_repository_leaves_no_folder()
    {
        await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(HubRepositoryId.Parse("ns/nothing"), "x"));
        await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(HubRepositoryId.Parse("ns/nothing")));

        Assert.False(Directory.Exists(_bench.Cache));
    }

    [Fact]
    public async Task A_wrong_revision_lists_the_nearest_ones()
    {
        _model.AddBranch("develop").AddTag("v1.0");

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "x.safetensors", HubRevision.Parse("devlop")));

        Assert.Equal(HubErrorKind.RevisionNotFound, exception.Kind);
        Assert.Contains("There are: develop", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_file_lists_the_nearest_ones_and_is_remembered()
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "x.safetensor"));

        Assert.Equal(HubErrorKind.EntryNotFound, exception.Kind);
        Assert.Contains("x.safetensors", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(_bench.Repository("ns/name"), ".no_exist", _model.Sha, "x.safetensor")));
        Assert.True(Directory.Exists(Path.Join(_bench.Repository("ns/name"), "snapshots")));
    }

    [Fact]
    public async Task A_gated_repository_says_where_to_ask()
    {
        _model.Gating = Gating.Manual;

        var anonymous = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "x.safetensors"));
        var known = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", "hf_bob")).DownloadFileAsync(Id, "x.safetensors"));

        Assert.All([anonymous, known], exception => Assert.Equal(HubErrorKind.Gated, exception.Kind));
        Assert.All([anonymous, known], exception => Assert.Contains($"{_bench.Server.Endpoint}/ns/name", exception.Message, StringComparison.Ordinal));
        Assert.Contains("set HF_TOKEN", anonymous.Message, StringComparison.Ordinal);
        _model.GrantedUsers.Add("bob");
        Assert.True(File.Exists(await _bench.Client(("HF_TOKEN", "hf_bob")).DownloadFileAsync(Id, "x.safetensors")));
    }

    [Fact]
    public async Task A_disabled_repository_says_so()
    {
        _model.IsDisabled = true;

        Assert.Equal(HubErrorKind.Disabled, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id))).Kind);
    }

    [Fact]
    public async Task Rights_are_asked_before_they_are_used()
    {
        Assert.True(await _bench.Client().CheckAccessAsync(Id, isWrite: false));
        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", "hf_bob")).CheckAccessAsync(Id, isWrite: true));
        Assert.Equal(HubErrorKind.Forbidden, exception.Kind);
        _bench.Server.Options.HasAuthCheck = false;
        Assert.False(await _bench.Client(("HF_TOKEN", "hf_bob")).CheckAccessAsync(Id, isWrite: true));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"sha":"../../x"}""")]
    [InlineData("<html>")]
    public async Task An_answer_of_no_hub_is_refused_with_the_endpoints_name(string text)
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/*").AnswerJson(text));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().ModelAsync(Id));

        Assert.Equal(HubErrorKind.Protocol, exception.Kind);
        Assert.Contains("127.0.0.1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_of_the_hub_are_told_once_for_each_topic()
    {
        _bench.Server.Options.Warnings = ["a; first", "a; again", "b; second"];
        var client = _bench.Client();

        await client.ModelAsync(Id);
        await client.ModelAsync(Id);

        Assert.Equal(["The hub says: first", "The hub says: second"], _bench.Observer.Warnings);
    }

    [Fact]
    public async Task A_renamed_repository_is_followed()
    {
        _bench.Server.Rename(_model, "ns/renamed");

        Assert.Equal("ns/renamed", (await _bench.Client(("HF_TOKEN", "hf_alice")).ModelAsync(Id)).Id);
        Assert.True(File.Exists(await _bench.Client(("HF_TOKEN", "hf_alice")).DownloadFileAsync(Id, "a b/c#d.json")));
        Assert.Single(await _bench.Client(("HF_TOKEN", "hf_alice")).PathsAsync(Id, revision: null, ["x.safetensors"]));
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task A_hub_that_is_not_there_is_a_fault_of_the_network()
    {
        var settings = _bench.Settings() with { Endpoint = "http://127.0.0.1:9" };

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(settings).ModelAsync(Id));

        Assert.Equal(HubErrorKind.Network, exception.Kind);
        Assert.Contains("127.0.0.1:9", exception.Message, StringComparison.Ordinal);
        Assert.Equal(5, _bench.Observer.Waits.Count);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_a_fault_of_the_proxy()
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HTTP_PROXY", "http://user:password@127.0.0.1:9")).ModelAsync(Id));

        Assert.Equal(HubErrorKind.Proxy, exception.Kind);
        Assert.Contains("127.0.0.1:9", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("password", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_refused_at_once()
    {
        await using var bench = await HubBench.StartAsync(new HubServerOptions { UsesHttps = true });

        var exception = await Assert.ThrowsAsync<HubException>(() => bench.Client().ModelAsync(Id));

        Assert.Equal(HubErrorKind.Certificate, exception.Kind);
        Assert.Empty(bench.Observer.Waits);
        Assert.Contains("SSL_CERT_FILE", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_with_an_unsafe_name_refuses_the_repository()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/models/*/tree/*").AnswerJson($$"""[{"type":"directory","oid":"{{new string('a', 40)}}","size":0,"path":"../evil"}]"""));

        Assert.Equal(HubErrorKind.InvalidName, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().TreeAsync(Id))).Kind);
    }

    [Fact]
    public async Task A_folder_needs_no_hash()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/models/*/tree/*").AnswerJson("""[{"type":"directory","path":"unet"}]"""));

        Assert.True(Assert.Single(await _bench.Client().TreeAsync(Id)).IsFolder);
    }

    [Fact]
    public async Task A_name_that_holds_the_token_is_refused_and_not_shown()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/models/*/tree/*").AnswerJson($$"""[{"type":"file","oid":"{{new string('a', 40)}}","size":1,"path":"../hf_alice"}]"""));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_TOKEN", "hf_alice")).TreeAsync(Id));

        Assert.Equal(HubErrorKind.InvalidName, exception.Kind);
        Assert.DoesNotContain("hf_alice", exception.ToString(), StringComparison.Ordinal);
    }
}
