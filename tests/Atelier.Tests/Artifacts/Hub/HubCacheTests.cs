using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cache;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubCacheTests : IAsyncLifetime
{
    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;
    private string _first = "";

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _model = _bench.Server.AddModel("ns/name", files => files.Add("a.json", "{}").Add("copy/a.json", "{}").AddVirtual("shared.safetensors", 10_000).AddVirtual("x.safetensors", 3_000));
        _first = _model.Sha;
        await _bench.Client().DownloadFilesAsync(Id);
        _model.Commit(files => files.AddVirtual("x.safetensors", 4_000, seed: 1));
        await _bench.Client().DownloadFilesAsync(Id);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public void Sizes_count_what_commits_share_once()
    {
        File.WriteAllBytes(Path.Join(_bench.Repository("ns/name"), "blobs", $"{new string('a', 40)}.atelier.incomplete"), new byte[500]);

        var repository = Assert.Single(Cache().List());

        Assert.Equal((Id, 17_502, 500), (repository.Id, repository.ByteCount, repository.UnusedByteCount));
        Assert.Equal(2, repository.Revisions.Count);
        var (old, current) = (repository.Revisions.Single(revision => revision.Commit == _first), repository.Revisions.Single(revision => revision.Commit == _model.Sha));
        Assert.Equal((4, 13_002, 0), (old.FileCount, old.ByteCount, old.References.Count));
        Assert.Equal((4, 14_002, "main"), (current.FileCount, current.ByteCount, current.References.Single()));
    }

    [Fact]
    public void Paths_that_share_a_content_are_planned_as_many_files_as_they_are()
        => Assert.Equal(_bench.Observer.Finished.Count, _bench.Observer.Plans.Sum(plan => plan.FileCount));

    [Fact]
    public void An_absent_cache_is_empty() => Assert.Empty(new HubCache(Path.Join(_bench.Folder, "nothing")).List());

    [Fact]
    public void A_sound_cache_has_no_faults()
    {
        var check = Cache().Verify();

        Assert.Equal((4, 0), (check.CheckedCount, check.UncheckedCount));
        Assert.Empty(check.Faults);
    }

    [Fact]
    public void A_changed_blob_and_a_link_to_nothing_are_found()
    {
        var blobs = Path.Join(_bench.Repository("ns/name"), "blobs");
        var changed = Path.Join(blobs, _model.File("shared.safetensors").Id);
        using (var stream = new FileStream(changed, FileMode.Open))
        {
            stream.WriteByte((byte)(stream.ReadByte() ^ 1));
        }

        File.Delete(Path.Join(blobs, _model.File("x.safetensors").Id));

        var faults = Cache().Verify(Id).Faults;

        Assert.Equal([changed, Path.Join(_bench.Repository("ns/name"), "snapshots", _model.Sha, "x.safetensors")], faults.Select(fault => fault.Path));
    }

    [Fact]
    public async Task Files_of_a_cache_without_links_are_verified_by_the_listing()
    {
        _bench.Server.AddModel("ns/plain", files => files.Add("a.json", "[]"));
        var snapshot = await _bench.Client(("HF_HUB_DISABLE_SYMLINKS", "1")).DownloadFilesAsync(HubRepositoryId.Parse("ns/plain"));
        Assert.Empty(Cache().Verify(snapshot.Repository).Faults);
        File.WriteAllText(Path.Join(snapshot.Folder, "a.json"), "()");

        Assert.Single(Cache().Verify(snapshot.Repository).Faults);
    }

    [Fact]
    public async Task Deleting_one_commit_frees_what_only_it_has()
    {
        var plan = Cache().PlanDeletion(revision => revision.Commit == _first);
        Assert.Equal(3_000, plan.FreedByteCount);
        Assert.True(Directory.Exists(Path.Join(_bench.Repository("ns/name"), "snapshots", _first)));

        plan.Execute();

        Assert.Equal(_model.Sha, Assert.Single(Assert.Single(Cache().List()).Revisions).Commit);
        Assert.Empty(Cache().Verify().Faults);
        _bench.Server.Requests.Clear();
        await _bench.Client().DownloadFilesAsync(Id);
        Assert.Single(_bench.Server.Requests);
    }

    [Fact]
    public void Deleting_the_commit_of_a_branch_deletes_its_ref()
    {
        Cache().PlanDeletion(revision => revision.References.Contains("main")).Execute();

        Assert.Empty(Directory.EnumerateFiles(Path.Join(_bench.Repository("ns/name"), "refs")));
        Assert.Equal(_first, Assert.Single(Assert.Single(Cache().List()).Revisions).Commit);
        Assert.Empty(Cache().Verify().Faults);
    }

    [Fact]
    public void Deleting_all_commits_deletes_the_folder_and_says_its_whole_size()
    {
        var plan = Cache().PlanDeletion(_ => true);
        Assert.Equal(17_002, plan.FreedByteCount);

        plan.Execute();

        Assert.False(Directory.Exists(_bench.Repository("ns/name")));
        Assert.Empty(Cache().List());
    }

    [Fact]
    public void Transfers_that_broke_off_are_freed_and_commits_stay()
    {
        var (own, pythons, orphan) = (WriteBlob('a', ".atelier.incomplete", 500), WriteBlob('b', ".incomplete", 70), WriteBlob('c', "", 30));

        var plan = Cache().PlanDeletion(_ => false, id => id == Id);

        Assert.Equal([own, pythons, orphan], plan.Unused.Order(StringComparer.Ordinal));
        Assert.Equal((600, 0), (plan.FreedByteCount, plan.Revisions.Count));
        Assert.True(File.Exists(own));
        Assert.Equal(600, plan.Execute());
        var left = Assert.Single(Cache().List());
        Assert.Equal((17_002, 0, 2), (left.ByteCount, left.UnusedByteCount, left.Revisions.Count));
        Assert.Empty(Cache().Verify().Faults);
        Assert.Empty(Cache().PlanDeletion(_ => false, _ => true).Paths);
    }

    [Fact]
    public async Task A_transfer_whose_lock_is_held_is_never_deleted()
    {
        var (busy, broken) = (WriteBlob('a', ".atelier.incomplete", 500), WriteBlob('b', ".incomplete", 70));
        using (await LockAsync('a'))
        {
            foreach (var plan in (HubCacheDeletion[])[Cache().PlanDeletion(_ => false, _ => true), Cache().PlanDeletion(_ => true)])
            {
                Assert.Equal((busy, broken), (Assert.Single(plan.Busy), Assert.Single(plan.Unused)));
                Assert.DoesNotContain(busy, plan.Paths);
            }

            var whole = Cache().PlanDeletion(_ => true);
            Assert.Equal(17_072, whole.FreedByteCount);
            whole.Execute();
            Assert.Equal([busy], Directory.EnumerateFiles(_bench.Repository("ns/name"), "*", SearchOption.AllDirectories));
        }

        Assert.Equal(500, Cache().PlanDeletion(_ => false, id => id == Id).Execute());
        Assert.False(Directory.Exists(_bench.Repository("ns/name")));
    }

    [Fact]
    public async Task A_transfer_that_goes_on_after_the_plan_stays()
    {
        var (resumed, vanished) = (WriteBlob('a', ".atelier.incomplete", 500), WriteBlob('b', ".incomplete", 70));
        var plan = Cache().PlanDeletion(_ => true);
        Assert.Equal((17_572, 0), (plan.FreedByteCount, plan.Busy.Count));
        File.Delete(vanished);
        using var taken = await LockAsync('a');
        var begun = WriteBlob('d', ".atelier.incomplete", 10);

        Assert.Equal(17_002, plan.Execute());

        Assert.Equal([resumed, begun], Directory.EnumerateFiles(_bench.Repository("ns/name"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Links_out_of_the_cache_are_not_followed()
    {
        var outside = Directory.CreateDirectory(Path.Join(_bench.Folder, "outside")).FullName;
        var file = Path.Join(outside, "precious");
        File.WriteAllText(file, new string('x', 1000));
        var snapshot = Path.Join(_bench.Repository("ns/name"), "snapshots", _first);
        Directory.CreateSymbolicLink(Path.Join(snapshot, "folder"), outside);
        File.CreateSymbolicLink(Path.Join(snapshot, "file"), file);
        File.CreateSymbolicLink(Path.Join(_bench.Repository("ns/name"), "blobs", new string('b', 40)), file);
        Directory.CreateSymbolicLink(Path.Join(_bench.Cache, "models--ns--other"), outside);

        Assert.Equal(17_002, Assert.Single(Cache().List()).ByteCount);
        Cache().PlanDeletion(_ => true).Execute();

        Assert.True(File.Exists(file));
        Assert.True(Path.Exists(Path.Join(_bench.Cache, "models--ns--other")));
    }

    [Fact]
    public async Task What_was_linked_since_the_plan_was_made_stays()
    {
        var part = Cache().PlanDeletion(revision => revision.Commit == _first);
        var whole = Cache().PlanDeletion(_ => true);
        _model.Commit(files => files.AddVirtual("x.safetensors", 3_000)); // the first commit's content again
        var snapshot = await _bench.Client().DownloadFilesAsync(Id);

        part.Execute();
        whole.Execute();

        Assert.All(snapshot.Files, file => Assert.True(new FileInfo(Path.Join(snapshot.Folder, file)).ResolveLinkTarget(returnFinalTarget: true)!.Exists));
        Assert.Equal(_model.Sha, Assert.Single(Assert.Single(Cache().List()).Revisions).Commit);
    }

    private string WriteBlob(char letter, string end, int byteCount)
    {
        var path = Path.Join(_bench.Repository("ns/name"), "blobs", new string(letter, 40) + end);
        File.WriteAllBytes(path, new byte[byteCount]);
        return path;
    }

    private Task<CacheLock> LockAsync(char letter)
        => CacheLock.AcquireAsync(Path.Join(_bench.Cache, ".locks", "models--ns--name", $"{new string(letter, 40)}.lock"), _bench.Observer, TimeProvider.System, CancellationToken.None);

    private HubCache Cache() => new(_bench.Cache);
}
