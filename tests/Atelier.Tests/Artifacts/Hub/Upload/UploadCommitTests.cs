using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class UploadCommitTests : IAsyncLifetime
{
    private UploadBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = (await UploadBench.StartAsync()).WithUsualFiles();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_push_of_somebody_else_in_between_is_a_conflict()
    {
        _bench.Fault(OnCommit().Before(_ => PushElse()));

        var exception = await _bench.RefusedAsync();

        Assert.Equal(HubErrorKind.Conflict, exception.Kind);
        Assert.False(exception.IsRequestFault);
        AssertOnlyTheirs();
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task A_push_since_the_commit_that_the_upload_was_prepared_on_is_a_conflict_before_anything_is_sent()
    {
        PushElse();

        var exception = await _bench.RefusedAsync(request => request with { ParentCommit = _bench.Head });

        Assert.Equal(HubErrorKind.Conflict, exception.Kind);
        AssertOnlyTheirs();
        Assert.Empty(_bench.Puts());
        Assert.Equal(0, _bench.CommitCount());
    }

    [Fact]
    public async Task The_commit_that_the_upload_was_prepared_on_becomes_the_parent()
    {
        await _bench.UploadAsync(request => request with { ParentCommit = _bench.Head });

        _bench.AssertUploaded();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_that_happened_without_an_answer_is_found_and_not_repeated(bool isReset)
    {
        _bench.Fault(isReset ? OnCommit().LoseAnswer() : OnCommit().CloseWithoutAnswer());

        var report = await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(_bench.Model.Sha, report.Commit);
        Assert.EndsWith($"/alice/lora/commit/{report.Commit}", report.CommitUrl, StringComparison.Ordinal);
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task A_commit_that_happened_behind_an_error_is_found()
    {
        _bench.Fault(OnCommit().Change(reply => new Reply(504)));

        var report = await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(_bench.Model.Sha, report.Commit);
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task A_commit_that_happened_and_was_followed_by_another_is_found()
    {
        _bench.Fault(OnCommit().After(_ => PushElse()).LoseAnswer());

        var report = await _bench.UploadAsync();

        Assert.Equal(_bench.Model.Sha, report.Commit);
        Assert.Equal(_bench.Head, _bench.Model.Head().Parent!.Parent!.Id);
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task A_commit_that_did_not_happen_is_repeated_once()
    {
        _bench.Fault(OnCommit().Reset().Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(2, _bench.CommitCount());
        Assert.True(_bench.Server.Requests.CountOf("GET", "/api/models/alice/lora/revision/main") >= 3);
    }

    [Fact]
    public async Task A_page_in_place_of_an_answer_is_as_good_as_none()
    {
        _bench.Fault(OnCommit().Change(reply => Reply.Text("<!DOCTYPE html><html>Please log in</html>", "text/html")).Once());

        var report = await _bench.UploadAsync();

        Assert.Equal(_bench.Model.Sha, report.Commit);
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task A_commit_that_happens_late_is_found_by_the_conflict_of_its_repetition()
    {
        _bench.Fault(OnCommit().Fail(504).Once());
        _bench.Fault(OnCommit().Before(_ => _bench.Model.Commit(files => files.AddFolder(_bench.Folder), title: "late")).Once());

        var report = await _bench.UploadAsync();

        Assert.Equal("late", _bench.Model.Head().Title);
        Assert.Equal(_bench.Model.Sha, report.Commit);
        Assert.Equal(2, _bench.CommitCount());
    }

    [Fact]
    public async Task A_lost_commit_and_a_push_of_somebody_else_are_a_conflict()
    {
        _bench.Fault(OnCommit().Answer(_ =>
        {
            PushElse();
            return new Reply(502);
        }));

        var exception = await _bench.RefusedAsync();

        Assert.Equal(HubErrorKind.Conflict, exception.Kind);
        AssertOnlyTheirs();
        Assert.Equal(1, _bench.CommitCount());
    }

    [Fact]
    public async Task A_conflict_of_the_repetition_with_somebody_elses_push_is_one()
    {
        _bench.Fault(OnCommit().Reset().Once());
        _bench.Fault(OnCommit().Before(_ => PushElse()).Once());

        Assert.Equal(HubErrorKind.Conflict, (await _bench.RefusedAsync()).Kind);

        AssertOnlyTheirs();
        Assert.Equal(2, _bench.CommitCount());
    }

    [Fact]
    public async Task A_commit_that_is_never_answered_is_tried_twice_and_no_more()
    {
        _bench.Fault(OnCommit().Reset());

        Assert.Equal(HubErrorKind.Network, (await _bench.RefusedAsync()).Kind);

        Assert.Equal(2, _bench.CommitCount());
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task When_nobody_can_say_whether_the_commit_happened_that_is_said()
    {
        _bench.Fault(FaultRule.OnGet("/api/models/alice/lora/revision/main").Skip(1).Reset());
        _bench.Fault(OnCommit().LoseAnswer());

        var exception = await _bench.RefusedAsync();

        Assert.Contains("not known", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, _bench.CommitCount());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_pull_request_is_never_repeated(bool hasHappened)
    {
        _bench.Fault(hasHappened ? OnCommit().LoseAnswer() : OnCommit().Fail(503));

        var exception = await _bench.RefusedAsync(request => request with { OpensPullRequest = true }, UploadBench.BobsToken);

        Assert.Contains($"{_bench.Server.Endpoint}/alice/lora/discussions", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, _bench.CommitCount());
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_commit_that_is_too_early_waits_as_it_is_told()
    {
        _bench.Fault(OnCommit().LimitRate(30).Once());

        await _bench.UploadAsync();

        _bench.AssertUploaded();
        Assert.Equal(TimeSpan.FromSeconds(31), Assert.Single(_bench.Observer.Waits).Delay);
    }

    [Fact]
    public async Task A_refused_commit_says_all_that_is_wrong()
    {
        _bench.Fault(OnCommit().Answer(Reply.Text("""{"errors":[{"message":"first thing"},{"message":"second thing"}]}""", "application/json", 400)));

        var exception = await _bench.RefusedAsync();

        Assert.Equal(HubErrorKind.Refused, exception.Kind);
        Assert.Contains("first thing second thing", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, _bench.CommitCount());
        _bench.AssertUntouched();
    }

    private static FaultRule OnCommit() => FaultRule.OnPost(UploadBench.CommitPath);

    private void PushElse() => _bench.Model.Commit(files => files.Add("theirs.txt", "x"));

    private void AssertOnlyTheirs()
    {
        Assert.Equal(_bench.Head, _bench.Model.Head().Parent!.Id);
        Assert.Equal([".gitattributes", "config.json", "theirs.txt"], _bench.Model.Head().Files.Keys);
        Assert.Empty(_bench.Server.Requests.LeakedTokens());
    }
}
