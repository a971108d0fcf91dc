using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class UploadAccessTests : IAsyncLifetime
{
    private const string CreatePath = "/api/repos/create";

    private UploadBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = (await UploadBench.StartAsync()).WithUsualFiles();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_missing_repository_is_created_under_the_accounts_name()
    {
        var report = await _bench.UploadAsync(request => request with { Repository = HubRepositoryId.Parse("fresh"), CreatesRepository = true, IsPrivate = true });

        var model = _bench.Server.Model("alice/fresh");
        Assert.Equal("alice/fresh", report.Repository.ToString());
        Assert.True(model.IsPrivate);
        Assert.Equal(report.Commit, model.Sha);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task Visibility_is_only_asked_for_when_the_user_did()
    {
        _bench.Server.PrivateOrganizations.Add("acme");

        await _bench.UploadAsync(request => request with { Repository = HubRepositoryId.Parse("acme/fresh"), CreatesRepository = true });

        Assert.DoesNotContain("visibility", _bench.Server.Requests.Matching("POST", CreatePath)[0].Body, StringComparison.Ordinal);
        Assert.True(_bench.Server.Model("acme/fresh").IsPrivate);
    }

    [Fact]
    public async Task A_missing_repository_is_not_created_unasked()
    {
        var exception = await _bench.RefusedAsync(request => request with { Repository = HubRepositoryId.Parse("alice/fresh") });

        Assert.Equal(HubErrorKind.RepositoryNotFound, exception.Kind);
        Assert.Null(_bench.Server.FindModel("alice/fresh"));
    }

    [Fact]
    public async Task An_existing_repository_is_used_when_it_would_be_created()
    {
        await _bench.UploadAsync(request => request with { CreatesRepository = true });

        _bench.AssertUploaded();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_goes_to_a_public_repository_when_it_was_to_be_private(bool creates)
    {
        var exception = await _bench.RefusedAsync(request => request with { CreatesRepository = creates, IsPrivate = true });

        Assert.Equal(HubErrorKind.Refused, exception.Kind);
        Assert.Contains("public", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Server.Requests.CountOf("POST", "*/preupload/*"));
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_busy_hub_is_waited_for()
    {
        _bench.Fault(FaultRule.OnPost(CreatePath).Fail(409, "Cannot create this model repo: another conflicting operation is in progress").Times(2));

        await _bench.UploadAsync(request => request with { CreatesRepository = true });

        _bench.AssertUploaded();
        Assert.Equal(2, _bench.Observer.Waits.Count);
    }

    [Fact]
    public async Task A_hub_that_stays_busy_is_not_waited_for_for_ever()
    {
        var rule = _bench.Fault(FaultRule.OnPost(CreatePath).Fail(409, "Cannot create this model repo: another conflicting operation is in progress"));

        Assert.Equal(HubErrorKind.Conflict, (await _bench.RefusedAsync(request => request with { CreatesRepository = true })).Kind);

        Assert.InRange(rule.Applied, 2, 10);
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_token_that_may_not_create_may_still_write_to_what_exists()
    {
        _bench.Fault(FaultRule.OnPost(CreatePath).Fail(403, "You don't have the rights to create a model under the namespace \"alice\""));

        await _bench.UploadAsync(request => request with { CreatesRepository = true });

        _bench.AssertUploaded();
    }

    [Theory]
    [InlineData(UploadBench.Id, false)]
    [InlineData(UploadBench.Id, true)]
    [InlineData("alice/fresh", true)]
    public async Task A_token_that_only_reads_is_refused_before_anything_is_sent(string id, bool creates)
    {
        var exception = await _bench.RefusedAsync(request => request with { Repository = HubRepositoryId.Parse(id), CreatesRepository = creates }, UploadBench.ReadToken);

        Assert.Equal(HubErrorKind.Forbidden, exception.Kind);
        Assert.Contains("may only read", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Server.Requests.CountOf("POST", "*/preupload/*"));
        _bench.AssertUntouched();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_that_only_reads_is_refused_by_a_server_without_the_question_too(bool asPullRequest)
    {
        _bench.Server.Options.HasAuthCheck = false;

        Assert.Contains("may only read", (await _bench.RefusedAsync(request => request with { OpensPullRequest = asPullRequest }, UploadBench.ReadToken)).Message, StringComparison.Ordinal);

        Assert.Empty(_bench.Puts());
        _bench.AssertUntouched();
    }

    [Fact]
    public async Task A_wrong_namespace_is_told_with_the_right_one()
    {
        var exception = await _bench.RefusedAsync(request => request with { Repository = HubRepositoryId.Parse("alise/fresh"), CreatesRepository = true });

        Assert.Equal(HubErrorKind.Forbidden, exception.Kind);
        Assert.Contains("'alice/…'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Request id", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_right_to_write_a_pull_request_is_offered()
    {
        var exception = await _bench.RefusedAsync(token: UploadBench.BobsToken);

        Assert.Equal(HubErrorKind.Forbidden, exception.Kind);
        Assert.Contains("pull request", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Puts());
    }

    [Fact]
    public async Task A_wrong_token_is_named_by_its_source()
    {
        var exception = await _bench.RefusedAsync(request => request with { CreatesRepository = true }, "hf_wrong");

        Assert.Equal(HubErrorKind.InvalidToken, exception.Kind);
        Assert.Contains("HF_TOKEN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_asked()
    {
        Assert.Equal(HubErrorKind.InvalidToken, (await _bench.RefusedAsync(token: "")).Kind);

        Assert.Empty(_bench.Server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_card_that_the_hub_refuses_stops_everything_before_it_begins(bool creates)
    {
        _bench.Write("README.md", "---\nlicense: my-own\n---\n"u8.ToArray());

        var exception = await _bench.RefusedAsync(request => request with { CreatesRepository = creates, Repository = HubRepositoryId.Parse("alice/fresh") });

        Assert.Equal(HubErrorKind.Refused, exception.Kind);
        Assert.Contains("license", exception.Message, StringComparison.Ordinal);
        Assert.Equal("/api/validate-yaml", Assert.Single(_bench.Server.Requests).RawPath);
        Assert.Null(_bench.Server.FindModel("alice/fresh"));
    }

    [Fact]
    public async Task A_card_that_is_no_text_is_refused_here()
    {
        _bench.Write("README.md", [0x2d, 0x2d, 0x2d, 0x0a, 0xff, 0xfe]);

        Assert.Equal(HubErrorKind.Refused, (await _bench.RefusedAsync()).Kind);

        Assert.Empty(_bench.Server.Requests);
    }

    [Fact]
    public async Task A_card_that_is_refused_with_a_success_is_refused_all_the_same()
    {
        _bench.Fault(FaultRule.OnPost("/api/validate-yaml").AnswerJson("""{"errors":[{"message":"\"license\" must be one of many"}],"warnings":[{"message":"no datasets"}]}"""));

        var exception = await _bench.RefusedAsync();

        Assert.Equal(HubErrorKind.Refused, exception.Kind);
        Assert.Contains("\"license\" must be one of many", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_bench.Observer.Warnings, warning => warning.Contains("no datasets", StringComparison.Ordinal));
        Assert.Single(_bench.Server.Requests);
    }
    [Fact]
    public async Task What_the_hub_warns_of_in_a_card_is_told()
    {
        _bench.Fault(FaultRule.OnPost("/api/validate-yaml").AnswerJson("""{"errors":[],"warnings":[{"message":"empty or missing yaml metadata"}]}"""));

        await _bench.UploadAsync();

        Assert.Contains(_bench.Observer.Warnings, warning => warning.Contains("empty or missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_hub_warns_of_in_a_card_is_told_without_the_token()
    {
        _bench.Fault(FaultRule.OnPost("/api/validate-yaml").AnswerJson($$"""{"errors":[],"warnings":[{"message":"{{UploadBench.Token}} is odd"}]}"""));

        await _bench.UploadAsync();

        Assert.Contains(_bench.Observer.Warnings, warning => warning.EndsWith(" *** is odd", StringComparison.Ordinal));
    }
}
