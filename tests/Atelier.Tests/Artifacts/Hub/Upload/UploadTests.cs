using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class UploadTests : IAsyncLifetime
{
    private const string ContentIdOfNothing = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

    private UploadBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = (await UploadBench.StartAsync()).WithUsualFiles();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Small_and_large_files_become_one_commit()
    {
        var report = await _bench.UploadAsync(request => request with { Summary = "Upload DDPO LoRA", Description = "More of it" });

        _bench.AssertUploaded();
        Assert.Equal(1, _bench.CommitCount());
        var head = _bench.Model.Head();
        Assert.Equal((head.Id, "Upload DDPO LoRA", "More of it"), (report.Commit, head.Title, head.Message));
        Assert.Equal(["README.md", "scheduler/config.json", "small.safetensors", "unet/large.safetensors"], report.Uploaded);
        Assert.Equal($"{_bench.Server.Endpoint}/alice/lora/commit/{head.Id}", report.CommitUrl);
        Assert.Equal($"{_bench.Server.Endpoint}/alice/lora", report.RepositoryUrl);
        Assert.Null(report.PullRequestUrl);
        Assert.Equal(5, _bench.Puts().Count);
        Assert.Equal(2, _bench.Server.Requests.CountOf("POST", "*/info/lfs/verify"));
        Assert.Equal(report.Uploaded.Order(StringComparer.Ordinal), _bench.Observer.Finished.Order(StringComparer.Ordinal));
        Assert.Equal(UploadBench.LargeSize, _bench.Observer.Positions["unet/large.safetensors"]);
        Assert.Equal(4, _bench.Observer.Plans.Single().FileCount);
    }

    [Fact]
    public async Task What_is_there_already_makes_no_commit()
    {
        await _bench.UploadAsync();
        var head = _bench.Model.Sha;
        _bench.Server.Requests.Clear();

        var report = await _bench.UploadAsync();

        Assert.False(report.HasCommit);
        Assert.Equal(head, report.Commit);
        Assert.Equal(4, report.Unchanged.Count);
        Assert.Null(report.CommitUrl);
        Assert.Empty(_bench.Puts());
        Assert.Equal(0, _bench.CommitCount());
        Assert.Equal(head, _bench.Model.Sha);
    }

    [Fact]
    public async Task Only_what_has_changed_is_sent()
    {
        await _bench.UploadAsync();
        _bench.Server.Requests.Clear();
        _bench.Write("small.safetensors", UploadBench.Bytes(6000));

        var report = await _bench.UploadAsync();

        Assert.Equal(["small.safetensors"], report.Uploaded);
        Assert.Equal(["README.md", "scheduler/config.json", "unet/large.safetensors"], report.Unchanged);
        Assert.Single(_bench.Puts());
        Assert.Equal(6000, _bench.Model.File("small.safetensors").Content.Length);
    }

    [Fact]
    public async Task What_gitignore_names_is_left_out_and_reported()
    {
        _bench.Write(".gitignore", "*.log\ncheckpoints/\n"u8.ToArray());
        File.WriteAllText(Path.Join(_bench.Folder, "run.log"), "x");
        Directory.CreateDirectory(Path.Join(_bench.Folder, "checkpoints"));
        File.WriteAllBytes(Path.Join(_bench.Folder, "checkpoints", "a.safetensors"), UploadBench.Bytes(7000));

        var report = await _bench.UploadAsync();

        Assert.Equal(["checkpoints/a.safetensors", "run.log"], report.Ignored);
        Assert.DoesNotContain("run.log", _bench.Model.Head().Files.Keys);
        Assert.Equal(5, _bench.Puts().Count);
        _bench.AssertUploaded();
    }

    [Fact]
    public async Task An_empty_file_is_never_an_object_whatever_the_hub_says()
    {
        _bench.Write("empty.safetensors", []);
        _bench.Fault(FaultRule.OnPost("*/preupload/*").Change(UploadBench.Json(json =>
        {
            foreach (var file in json["files"]!.AsArray().Where(file => (string?)file!["path"] == "empty.safetensors"))
            {
                file!["uploadMode"] = "lfs";
            }
        })));

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(ContentIdOfNothing, _bench.Model.File("empty.safetensors").Id);
    }

    [Fact]
    public async Task One_content_under_two_paths_is_sent_once()
    {
        _bench.Write("copy.safetensors", UploadBench.Bytes(5000));

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(5, _bench.Puts().Count);
        Assert.Equal(5, _bench.Observer.Finished.Count);
    }

    [Fact]
    public async Task A_content_that_storage_has_already_is_not_sent()
    {
        _bench.Model.AddBranch("other").Commit(files => files.Add("x.bin", UploadBench.Bytes(UploadBench.LargeSize)), "other");

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Single(_bench.Puts());
    }

    [Fact]
    public async Task Single_files_go_where_they_are_named_for()
    {
        var file = new HubUploadFile("weights/my file #1 50%.safetensors", Path.Join(_bench.Folder, "small.safetensors"));

        var report = await _bench.UploadAsync(request => request with { Folder = null, Files = [file], Card = UploadBench.Card });

        Assert.Equal(["README.md", file.RepositoryPath], report.Uploaded);
        Assert.Equal(UploadBench.Card, System.Text.Encoding.UTF8.GetString(_bench.Model.File("README.md").Content.ToArray()));
        Assert.Equal(5000, _bench.Model.File(file.RepositoryPath).Content.Length);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task A_branch_with_a_slash_is_one_segment_in_addresses_and_itself_in_bodies()
    {
        _bench.Model.AddBranch("dev/x");

        await _bench.UploadAsync(request => request with { Revision = HubRevision.Parse("dev/x") });

        _bench.AssertUploaded("dev/x");
        Assert.Equal(_bench.Head, _bench.Model.Sha);
        Assert.Equal(1, _bench.Server.Requests.CountOf("POST", "/api/models/alice/lora/commit/dev%2Fx"));
        Assert.Contains("\"ref\":{\"name\":\"dev/x\"}", _bench.Server.Requests.Matching("POST", UploadBench.BatchPath)[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renamed_repository_is_found_under_its_old_name()
    {
        _bench.Server.Rename(_bench.Model, "alice/renamed");

        var report = await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal("alice/renamed", report.Repository.ToString());
    }

    [Fact]
    public async Task Many_files_are_asked_about_in_portions()
    {
        for (var i = 0; i < 250; i++)
        {
            _bench.Write($"texts/{i}.txt", [(byte)'a', (byte)(i % 100 + 30)]);
        }

        for (var i = 0; i < 120; i++)
        {
            _bench.Write($"objects/{i}.bin", UploadBench.Bytes(1000 + i));
        }

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(2, _bench.Server.Requests.CountOf("POST", "*/preupload/*"));
        Assert.Equal(2, _bench.Server.Requests.CountOf("POST", UploadBench.BatchPath));
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task Four_pieces_are_on_their_way_at_a_time_whatever_files_they_belong_to()
    {
        for (var i = 0; i < 3; i++)
        {
            _bench.Write($"{i}.safetensors", UploadBench.Bytes(UploadBench.LargeSize + 1 + i));
        }

        _bench.Fault(FaultRule.OnPut().WaitBeforeAnswer(TimeSpan.FromMilliseconds(50)));

        await _bench.UploadAsync();

        _bench.AssertUploaded();

        // A request that was answered may still count for a moment when the next one comes; without the limit there would be twelve.
        Assert.InRange(_bench.Server.Requests.MaximumConcurrency(request => request.Method == "PUT"), 3, 6);
    }

    [Fact]
    public async Task Storage_at_the_hubs_own_origin_gets_no_token_either()
    {
        _bench.Fault(FaultRule.OnPost(UploadBench.BatchPath).Change(reply => reply.WithBody(HostedContent.Of(
            System.Text.Encoding.UTF8.GetString(reply.Body.ToArray()).Replace(_bench.Server.StorageOrigin, _bench.Server.Endpoint, StringComparison.Ordinal)))));

        await _bench.RefusedAsync();

        Assert.Contains(_bench.Server.Requests.To(HubOrigin.Endpoint), request => request.Method == "PUT");
        Assert.All(_bench.Puts(), request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task Behind_a_mirror_addresses_of_the_public_hub_mean_the_mirror()
    {
        _bench.Server.Options.ClaimedOrigin = "https://huggingface.co";

        var report = await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.StartsWith(_bench.Server.Endpoint, report.CommitUrl, StringComparison.Ordinal);
        Assert.Equal(1, _bench.Server.Requests.CountOf("POST", UploadBench.CompletionPath));
        Assert.All(_bench.Server.Requests.Matching("POST", "*/info/lfs/verify"), request => Assert.NotNull(request.Authorization));
    }

    [Fact]
    public async Task A_verification_at_another_origin_gets_no_token()
    {
        _bench.Server.Options.VerifiesAtStorage = true;

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        var verifications = _bench.Server.Requests.To(HubOrigin.Storage).Where(request => request.Method == "POST").ToList();
        Assert.Equal(2, verifications.Count);
        Assert.All(verifications, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task The_completion_is_signed_and_gets_no_token()
    {
        await _bench.UploadAsync();

        Assert.Null(Assert.Single(_bench.Server.Requests.Matching("POST", UploadBench.CompletionPath)).Authorization);
    }

    [Fact]
    public async Task A_pull_request_needs_no_right_to_write_and_leaves_the_branch_alone()
    {
        var report = await _bench.UploadAsync(request => request with { OpensPullRequest = true }, UploadBench.BobsToken);

        Assert.Equal(_bench.Head, _bench.Model.Sha);
        Assert.Equal($"{_bench.Server.Endpoint}/alice/lora/discussions/1", report.PullRequestUrl);
        Assert.Equal(report.Commit, _bench.Model.Head("refs/pr/1").Id);
        _bench.AssertUploaded("refs/pr/1");
        Assert.Equal(0, _bench.Server.Requests.CountOf("GET", "*/auth-check/*"));
        Assert.All(_bench.Server.Requests.Matching("POST", "/api/models/*"), request => Assert.Equal("?create_pr=1", request.RawQuery));
        Assert.DoesNotContain("\"ref\"", _bench.Server.Requests.Matching("POST", UploadBench.BatchPath)[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dev/x", true)]
    [InlineData("0123456789012345678901234567890123456789", false)]
    public async Task A_revision_that_can_get_no_commit_is_refused_before_any_request(string revision, bool asPullRequest)
    {
        var exception = await _bench.RefusedAsync(request => request with { Revision = HubRevision.Parse(revision), OpensPullRequest = asPullRequest });

        Assert.True(exception.IsRequestFault);
        Assert.Empty(_bench.Server.Requests);
    }

    [Fact]
    public async Task A_private_repository_is_written_to_even_when_the_token_does_not_go_along_for_reading()
    {
        _bench.Model.IsPrivate = true;
        using var bench = new TemporaryFolder();
        var settings = HubSettings.Read(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = bench.Root,
            ["HF_ENDPOINT"] = _bench.Server.Endpoint,
            ["HF_TOKEN"] = UploadBench.Token,
            ["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1",
        });
        using var client = new HubClient(settings);

        await client.UploadAsync(new HubUploadRequest { Repository = HubRepositoryId.Parse(UploadBench.Id), Folder = _bench.Folder });

        _bench.AssertUploaded();
    }
}
