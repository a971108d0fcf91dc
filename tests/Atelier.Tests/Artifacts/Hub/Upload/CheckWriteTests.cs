using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class CheckWriteTests : IAsyncLifetime
{
    private HubBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _bench.Server.AddUser("alice", "hf_write").In("acme").In("readers", "read");
        _bench.Server.AddUser("alice", "hf_read", TokenRole.Read);
        _bench.Server.AddUser("bob", "hf_bob");
        _bench.Server.AddModel("alice/there");
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("alice/there", "alice/there")]
    [InlineData("there", "alice/there")]
    [InlineData("alice/fresh", "alice/fresh")]
    [InlineData("acme/fresh", "acme/fresh")]
    [InlineData("fresh", "alice/fresh")]
    public async Task A_repository_that_is_there_or_may_be_created_is_let_in_and_nothing_is_created(string id, string full)
    {
        var report = await Check(id, "hf_write");
        Assert.Equal((full, full == "alice/there"), (report.Repository.ToString(), report.Exists));

        Assert.Empty(_bench.Server.Requests.Matching("POST", "*"));
        Assert.Null(_bench.Server.FindModel("alice/fresh"));
        _bench.AssertWellBehaved();
    }

    [Theory]
    [InlineData("alice/there", "hf_read", HubErrorKind.Forbidden, "may only read")]
    [InlineData("alice/fresh", "hf_read", HubErrorKind.Forbidden, "may only read")]
    [InlineData("alice/there", "hf_bob", HubErrorKind.Forbidden, "offer a pull request")]
    [InlineData("alice/fresh", "hf_bob", HubErrorKind.Forbidden, "'bob/fresh'")]
    [InlineData("readers/fresh", "hf_write", HubErrorKind.Forbidden, "alice, acme")]
    [InlineData("alice/there", "hf_wrong", HubErrorKind.InvalidToken, "HF_TOKEN")]
    [InlineData("there", "hf_wrong", HubErrorKind.InvalidToken, "HF_TOKEN")]
    [InlineData("alice/there", "", HubErrorKind.InvalidToken, "HF_TOKEN")]
    public async Task What_would_fail_after_the_training_fails_before_it(string id, string token, HubErrorKind kind, string part)
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => Check(id, token));

        Assert.Equal(kind, exception.Kind);
        Assert.True(exception.IsRequestFault);
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        Assert.True(token.Length == 0 || !exception.ToString().Contains(token, StringComparison.Ordinal));
        Assert.Empty(_bench.Server.Requests.Matching("POST", "*"));
    }

    [Theory]
    [InlineData("alice/there", 404)]
    [InlineData("alice/fresh", 404)]
    [InlineData("alice/there", 429)]
    public async Task A_server_that_does_not_say_whose_the_token_is_stops_nothing(string id, int status)
    {
        _bench.Server.Options.HasAuthCheck = false;
        _bench.Server.Faults.Add(FaultRule.OnGet("/api/whoami-v2").Fail(status));

        Assert.Equal(id == "alice/there", (await Check(id, "hf_write")).Exists);
    }
    [Fact]
    public async Task A_missing_repository_that_is_not_to_be_created_is_an_error()
        => Assert.Equal(HubErrorKind.RepositoryNotFound, (await Assert.ThrowsAsync<HubException>(() => Check("alice/fresh", "hf_write", new HubWriteCheck { CreatesRepository = false }))).Kind);

    [Fact]
    public async Task A_missing_branch_is_an_error()
        => Assert.Equal(HubErrorKind.RevisionNotFound, (await Assert.ThrowsAsync<HubException>(() => Check("alice/there", "hf_write", new HubWriteCheck { Revision = HubRevision.Parse("dev/x") }))).Kind);

    [Fact]
    public async Task A_public_repository_is_not_let_in_when_it_was_to_be_private()
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => Check("alice/there", "hf_write", new HubWriteCheck { IsPrivate = true }));

        Assert.Equal(HubErrorKind.Refused, exception.Kind);
        Assert.Contains("public", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pull_request_needs_no_right_to_write_but_a_token_that_writes()
    {
        await Check("alice/there", "hf_bob", new HubWriteCheck { OpensPullRequest = true });

        Assert.Equal(HubErrorKind.Forbidden, (await Assert.ThrowsAsync<HubException>(() => Check("alice/there", "hf_read", new HubWriteCheck { OpensPullRequest = true }))).Kind);
    }

    [Fact]
    public async Task A_server_that_cant_be_asked_about_rights_is_asked_about_the_token()
    {
        _bench.Server.Options.HasAuthCheck = false;

        await Check("alice/there", "hf_write");
        Assert.Equal(HubErrorKind.Forbidden, (await Assert.ThrowsAsync<HubException>(() => Check("alice/there", "hf_read"))).Kind);
    }

    [Fact]
    public async Task A_private_repository_is_found_even_when_the_token_does_not_go_along_for_reading()
    {
        _bench.Server.AddModel("alice/secret").IsPrivate = true;
        using var client = _bench.Client(("HF_TOKEN", "hf_write"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"));

        await client.CheckWriteAsync(HubRepositoryId.Parse("alice/secret"), new HubWriteCheck { CreatesRepository = false });
    }

    [Fact]
    public async Task Offline_mode_is_named_and_asks_nothing()
    {
        using var client = _bench.Client(("HF_TOKEN", "hf_write"), ("HF_HUB_OFFLINE", "1"));

        var exception = await Assert.ThrowsAsync<HubException>(() => client.CheckWriteAsync(HubRepositoryId.Parse("alice/there")));

        Assert.Equal(HubErrorKind.Offline, exception.Kind);
        Assert.Contains("HF_HUB_OFFLINE", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Server.Requests);
    }

    private async Task<HubWriteReport> Check(string id, string token, HubWriteCheck? check = null)
    {
        using var client = _bench.Client(("HF_TOKEN", token));
        return await client.CheckWriteAsync(HubRepositoryId.Parse(id), check);
    }
}
