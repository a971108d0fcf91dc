using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubCacheLayoutTests : IAsyncLifetime
{
    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _model = _bench.Server.AddModel("ns/name", files => files.Add("a.json", "{}").Add("b/c.json", "{}").AddVirtual("x.safetensors", 100_000));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Refs_are_files_under_their_names_and_a_commit_has_none()
    {
        _model.AddBranch("dev/x");
        var request = _model.AddPullRequest(files => files.Add("new.json", "{}"));
        var client = _bench.Client();

        await client.DownloadFileAsync(Id, "a.json", HubRevision.Parse("dev/x"));
        await client.DownloadFileAsync(Id, "new.json", HubRevision.Parse($"refs/pr/{request}"));
        await client.DownloadFileAsync(Id, "x.safetensors", HubRevision.Parse(_model.Sha));

        var refs = Path.Join(_bench.Repository("ns/name"), "refs");
        Assert.Equal(["dev/x", $"refs/pr/{request}"], Directory.EnumerateFiles(refs, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(refs, path)).Order(StringComparer.Ordinal));
        Assert.Equal(40, new FileInfo(Path.Join(refs, "dev", "x")).Length);
    }

    [Fact]
    public async Task A_branch_that_moved_moves_its_ref_and_shares_contents()
    {
        var client = _bench.Client();
        var before = _model.Sha;
        await client.DownloadFilesAsync(Id);
        _model.Commit(files => files.Add("a.json", "[1]"));
        _bench.Server.Requests.Clear();

        await client.DownloadFilesAsync(Id);

        Assert.Equal(_model.Sha, File.ReadAllText(Path.Join(_bench.Repository("ns/name"), "refs", "main")));
        Assert.Equal(0, _bench.Server.Requests.BytesSent(HubOrigin.Storage));
        Assert.True(File.Exists(Path.Join(_bench.Repository("ns/name"), "snapshots", before, "a.json")));
        Assert.Equal(3, Directory.GetFiles(Path.Join(_bench.Repository("ns/name"), "blobs")).Length);
    }

    [Fact]
    public async Task Nothing_temporary_is_left_anywhere()
    {
        await _bench.Client().DownloadFilesAsync(Id);

        // No CACHEDIR.TAG either, though newer versions of Python's client write one: those before 1.9 report it as a damaged repository.
        Assert.Equal([".locks", "models--ns--name"], Directory.EnumerateFileSystemEntries(_bench.Cache).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["blobs", "refs", "snapshots", "trees"], Directory.EnumerateFileSystemEntries(_bench.Repository("ns/name")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(Path.Join(_bench.Repository("ns/name"), "blobs")), path => Assert.Matches("^([0-9a-f]{40}|[0-9a-f]{64})$", Path.GetFileName(path)));
    }

    [Fact]
    public async Task A_lock_file_stays_and_a_group_may_wait_on_it()
    {
        await _bench.Client().DownloadFileAsync(Id, "x.safetensors");

        var path = Path.Join(_bench.Cache, ".locks", "models--ns--name", $"{_model.File("x.safetensors").Id}.lock");
        Assert.True(File.Exists(path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task A_blob_without_a_link_is_linked_and_not_fetched()
    {
        var path = await _bench.Client().DownloadFileAsync(Id, "x.safetensors");
        File.Delete(path);
        _bench.Server.Requests.Clear();

        Assert.Equal(path, await _bench.Client().DownloadFileAsync(Id, "x.safetensors"));

        Assert.Equal(0, _bench.Server.Requests.CountOf("GET", "*"));
    }

    [Fact]
    public async Task A_link_to_nothing_is_no_file()
    {
        var path = await _bench.Client().DownloadFileAsync(Id, "x.safetensors");
        File.Delete(Path.Join(_bench.Repository("ns/name"), "blobs", _model.File("x.safetensors").Id));

        await _bench.Client().DownloadFileAsync(Id, "x.safetensors");

        Assert.Equal(100_000, File.ReadAllBytes(path).Length);
    }

    [Fact]
    public async Task A_link_to_another_content_is_replaced()
    {
        var path = await _bench.Client().DownloadFileAsync(Id, "x.safetensors");
        var other = await _bench.Client().DownloadFileAsync(Id, "a.json");
        File.Delete(path);
        File.CreateSymbolicLink(path, new FileInfo(other).LinkTarget!);

        await _bench.Client().DownloadFileAsync(Id, "x.safetensors");

        Assert.Equal(100_000, File.ReadAllBytes(path).Length);
        Assert.Equal("{}", File.ReadAllText(other));
    }

    [Fact]
    public async Task A_damaged_blob_is_replaced_and_never_written_through()
    {
        var path = await _bench.Client().DownloadFileAsync(Id, "x.safetensors");
        var store = Directory.CreateDirectory(Path.Join(_bench.Cache, "blobs", "ab")).FullName;
        var shared = Path.Join(store, "shared");
        File.WriteAllText(shared, "of other repositories");
        var blob = Path.Join(_bench.Repository("ns/name"), "blobs", _model.File("x.safetensors").Id);
        File.Delete(blob);
        File.CreateSymbolicLink(blob, "../../blobs/ab/shared");

        await _bench.Client().DownloadFileAsync(Id, "x.safetensors");

        Assert.Equal("of other repositories", File.ReadAllText(shared));
        Assert.Equal(100_000, File.ReadAllBytes(path).Length);
    }

    [Fact]
    public async Task A_blob_in_the_shared_store_is_used()
    {
        var store = Directory.CreateDirectory(Path.Join(_bench.Cache, "blobs", "ab")).FullName;
        File.WriteAllBytes(Path.Join(store, "xet"), _model.File("x.safetensors").Content.ToArray());
        Directory.CreateDirectory(Path.Join(_bench.Repository("ns/name"), "blobs"));
        File.CreateSymbolicLink(Path.Join(_bench.Repository("ns/name"), "blobs", _model.File("x.safetensors").Id), "../../blobs/ab/xet");

        Assert.Equal(100_000, File.ReadAllBytes(await _bench.Client().DownloadFileAsync(Id, "x.safetensors")).Length);

        Assert.Equal(0, _bench.Server.Requests.CountOf("GET", "*"));
    }

    [Fact]
    public async Task A_link_that_leads_out_of_the_cache_is_no_file()
    {
        var outside = Path.Join(_bench.Folder, "outside");
        File.WriteAllText(outside, "{}");
        var path = await _bench.Client().DownloadFileAsync(Id, "a.json");
        File.Delete(path);
        File.CreateSymbolicLink(path, outside);

        await _bench.Client().DownloadFileAsync(Id, "a.json");

        Assert.StartsWith("../../blobs/", new FileInfo(path).LinkTarget, StringComparison.Ordinal);
        Assert.True(File.Exists(outside));
    }

    [Theory]
    [InlineData("snapshots")]
    [InlineData("blobs")]
    [InlineData("snapshots/{sha}/b")]
    public async Task Nothing_is_written_through_a_folder_that_is_a_link(string folder)
    {
        var outside = Directory.CreateDirectory(Path.Join(_bench.Folder, "outside")).FullName;
        var place = Path.Join(_bench.Repository("ns/name"), folder.Replace("{sha}", _model.Sha, StringComparison.Ordinal));
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Directory.CreateSymbolicLink(place, outside);

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "b/c.json"));

        Assert.Equal(HubErrorKind.Disk, exception.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public async Task Without_links_snapshots_hold_the_files()
    {
        var snapshot = await _bench.Client(("HF_HUB_DISABLE_SYMLINKS", "1")).DownloadFilesAsync(Id);

        Assert.All(snapshot.Files, path => Assert.Null(new FileInfo(Path.Join(snapshot.Folder, path)).LinkTarget));
        Assert.All(snapshot.Files, path => Assert.Equal(_model.File(path).Content.ToArray(), File.ReadAllBytes(Path.Join(snapshot.Folder, path))));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(_bench.Repository("ns/name"), "blobs")));
        Assert.Empty(_bench.Observer.Warnings);
        _bench.Server.Requests.Clear();
        await _bench.Client(("HF_HUB_DISABLE_SYMLINKS", "1")).DownloadFilesAsync(Id);
        Assert.Single(_bench.Server.Requests);
    }

    [Fact]
    public async Task Without_links_a_blob_that_was_there_is_copied()
    {
        await _bench.Client().DownloadFileAsync(Id, "a.json");

        var path = await _bench.Client(("HF_HUB_DISABLE_SYMLINKS", "1")).DownloadFileAsync(Id, "a.json");
        var other = (await _bench.Client(("HF_HUB_DISABLE_SYMLINKS", "1")).DownloadFilesAsync(Id)).Folder;

        Assert.NotNull(new FileInfo(path).LinkTarget);
        Assert.Null(new FileInfo(Path.Join(other, "b", "c.json")).LinkTarget);
        Assert.True(File.Exists(Path.Join(_bench.Repository("ns/name"), "blobs", _model.File("a.json").Id)));
    }

    [Fact]
    public async Task A_cache_that_can_not_be_written_is_a_fault_of_the_disk()
    {
        File.WriteAllText(_bench.Cache, "a file where the cache should be");

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "x.safetensors"));

        Assert.Equal(HubErrorKind.Disk, exception.Kind);
        Assert.Contains("HF_HUB_CACHE", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_cache_that_can_not_be_written_is_enough()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Uses a file system that takes no writes.");
        await _bench.Client().DownloadFilesAsync(Id);
        var refs = Path.Join(_bench.Repository("ns/name"), "refs");
        File.Delete(Path.Join(refs, "main"));
        Directory.Delete(refs);
        Directory.Delete(Path.Join(_bench.Repository("ns/name"), "trees"), recursive: true);
        File.CreateSymbolicLink(refs, "/proc/self");
        File.CreateSymbolicLink(Path.Join(_bench.Repository("ns/name"), "trees"), "/proc/self");

        var file = await _bench.Client().DownloadFileAsync(Id, "x.safetensors", HubRevision.Parse(_model.Sha));

        Assert.Equal(100_000, File.ReadAllBytes(file).Length);
    }

    [Fact]
    public async Task A_branch_that_became_a_folder_of_branches_or_back_leaves_no_ref_in_the_way()
    {
        var client = _bench.Client();
        foreach (var branch in (string[])["dev", "dev/x", "dev"])
        {
            _model.AddBranch(branch);
            await client.DownloadFileAsync(Id, "a.json", HubRevision.Parse(branch));

            Assert.Equal([$"refs/{branch}"], _bench.Tree("ns/name").Where(path => path.StartsWith("refs/", StringComparison.Ordinal) && File.Exists(Path.Join(_bench.Repository("ns/name"), path))));
        }
    }

    [Fact]
    public async Task A_folder_that_was_asked_for_as_a_file_hides_no_later_answer()
    {
        await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "b"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "b/nothing.json"));

        Assert.Equal(HubErrorKind.EntryNotFound, exception.Kind);
    }

    [Fact]
    public async Task A_linked_folder_in_a_snapshot_is_not_followed()
    {
        var outside = Directory.CreateDirectory(Path.Join(_bench.Folder, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Join(outside, "c.json"), "evil");
        await _bench.Client().DownloadFileAsync(Id, "a.json");
        Directory.CreateSymbolicLink(Path.Join(_bench.Repository("ns/name"), "snapshots", _model.Sha, "b"), outside);

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "b/c.json", HubRevision.Parse(_model.Sha)));

        Assert.Equal(HubErrorKind.Disk, exception.Kind);
    }

    [Fact]
    public async Task A_saved_listing_that_is_damaged_is_asked_for_again()
    {
        await _bench.Client().DownloadFilesAsync(Id, ["a.json"]);
        var tree = Path.Join(_bench.Repository("ns/name"), "trees", $"{_model.Sha}.json");
        await File.WriteAllTextAsync(tree, (await File.ReadAllTextAsync(tree)).Replace("100000", "100001", StringComparison.Ordinal));

        var snapshot = await _bench.Client().DownloadFilesAsync(Id, ["x.safetensors"]);

        Assert.Equal(100_000, (await File.ReadAllBytesAsync(Path.Join(snapshot.Folder, "x.safetensors"))).Length);
        Assert.Contains("100000", await File.ReadAllTextAsync(tree), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_saved_listing_that_lacks_files_is_asked_for_again()
    {
        await _bench.Client().DownloadFilesAsync(Id, ["a.json"]);
        var tree = Path.Join(_bench.Repository("ns/name"), "trees", $"{_model.Sha}.json");
        await File.WriteAllTextAsync(tree, (await File.ReadAllTextAsync(tree)).Replace("x.safetensors", "y.safetensors", StringComparison.Ordinal));

        var snapshot = await _bench.Client().DownloadFilesAsync(Id, ["x.safetensors"]);

        Assert.Equal(100_000, (await File.ReadAllBytesAsync(Path.Join(snapshot.Folder, "x.safetensors"))).Length);
    }

    [Fact]
    public async Task What_somebody_deletes_while_the_rest_comes_is_brought_again()
    {
        await _bench.Client().DownloadFileAsync(Id, "a.json");
        _bench.Server.Faults.Add(FaultRule.OnContent("x.safetensors").Before(_ => File.Delete(Path.Join(_bench.Repository("ns/name"), "snapshots", _model.Sha, "a.json"))).Once());

        var snapshot = await _bench.Client().DownloadFilesAsync(Id);

        Assert.All(snapshot.Files, file => Assert.True(File.Exists(Path.Join(snapshot.Folder, file))));
    }

    [Fact]
    public async Task A_first_download_that_fails_leaves_nothing_that_python_reports_as_damaged()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent("x.safetensors").Fail(403));

        await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "x.safetensors"));

        Assert.True(Directory.Exists(Path.Join(_bench.Repository("ns/name"), "snapshots")));
    }
}
