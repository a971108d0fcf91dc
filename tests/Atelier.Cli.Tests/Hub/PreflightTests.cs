using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>What would keep a model from being pushed is said before a day is spent on training it.</summary>
public sealed class PreflightTests(PublishedRun run)
{
    private const string ReadOnly = HubMachine.TokenStart + "Reader";

    public static TheoryData<string, string, string, string> Refusals => new()
    {
        { "", "alice/mine", "HF_TOKEN", "token that may write" },
        { HubMachine.TokenStart + "Wrong", "alice/mine", "wrong, expired or revoked", "HF_TOKEN" },
        { HubMachine.TokenStart + "Wrong", "mine", "wrong, expired or revoked", "HF_TOKEN" },
        { ReadOnly, "alice/mine", "may only read", "settings/tokens" },
        { ReadOnly, "alice/open", "may only read", "settings/tokens" },
        { HubMachine.Token, "bob/mine", "bob/mine", "'alice/mine'" },
        { HubMachine.Token, "readers/mine", "readers/mine", "alice, acme" },
        { HubMachine.Token, "bob/his", "may not write to bob/his", "belongs to alice" },
        { HubMachine.Token, "bob/his", "pull request", "`atelier hub upload bob/his PATH --create-pr`" },
        { HubMachine.Token, "alice/open --hf-hub-private", "alice/open is public", "/alice/open/settings" },
        { "hf secret", "alice/mine", "HF_TOKEN", "character that no token has" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_push_that_would_be_refused_stops_the_run_before_it_starts(string token, string target, string what, string advice)
    {
        await using var machine = await HubMachine.StartAsync();
        machine.Server.AddUser("alice", ReadOnly, TokenRole.Read);
        machine.Server.AddModel("alice/open");
        machine.Server.AddModel("bob/his");
        machine.LogIn(token);

        (await machine.RunHereAsync(PublishedRun.Train(["--output-folder", machine.At("runs"), "--push-to-hub", "--hf-hub-model-id", .. target.Split(' ')]))).AssertComplains(ExitCode.WrongRequest, what, advice);

        Assert.False(Directory.Exists(machine.At("runs")));
        Assert.Null(machine.Server.FindModel("alice/mine"));
        Assert.Empty(machine.Files("hf"));
    }

    [Fact]
    public async Task Where_the_result_will_go_is_said_first_where_nobody_named_the_repository()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();
        machine.Server.AddModel("alice/there");

        var there = await BeginAsync("--run-name", "there");
        Assert.Contains("warning: alice/there exists already, and this run has put nothing there", there, StringComparison.Ordinal);
        Assert.Contains("--hf-hub-model-id names another repository", there, StringComparison.Ordinal);
        Assert.Contains($"the result will go to {machine.Server.Endpoint}/alice/fresh, a new repository", await BeginAsync("--run-name", "fresh"), StringComparison.Ordinal);
        Assert.DoesNotContain("alice/there", await BeginAsync("--run-name", "run", "--hf-hub-model-id", "alice/there"), StringComparison.Ordinal);

        // The run ends where its model is not found: before it has begun.
        async Task<string> BeginAsync(params string[] more)
        {
            var result = await machine.RunHereAsync(PublishedRun.Train(["--output-folder", machine.At("runs"), "--pretrained-model", "ns/nothing", "--push-to-hub", .. more]));
            result.AssertComplains(ExitCode.WrongRequest, "ns/nothing");
            return result.Errors.ReplaceLineEndings(" ");
        }
    }

    [Fact]
    public async Task Offline_there_is_no_pushing()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn().With("HF_HUB_OFFLINE", "yes");

        (await machine.RunAsync(PublishedRun.Train("--push-to-hub"))).AssertComplains(ExitCode.WrongRequest, "HF_HUB_OFFLINE", "unset");

        Assert.Empty(machine.Server.Requests);
        Assert.False(Directory.Exists(machine.At("runs")));
    }

    [Theory]
    [InlineData("HF_TOKEN", "", "An upload needs a token")]
    [InlineData("HF_HUB_OFFLINE", "1", "HF_HUB_OFFLINE forbids requests")]
    public async Task Going_on_with_a_run_that_was_to_be_pushed_says_how_to_go_on_without(string variable, string value, string why)
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn().With(variable, value);
        string[] resume = ["train", "--resume-from", machine.At(await run.CopyToAsync(machine)), "--num-epochs", "2"];

        (await machine.RunHereAsync(resume)).AssertComplains(ExitCode.WrongRequest, why, "push_to_hub", "--no-push-to-hub goes on without");

        (await machine.RunHereAsync([.. resume, "--no-push-to-hub"])).AssertDone();
        Assert.Empty(machine.Server.Requests);
    }

    [Fact]
    public async Task A_name_that_is_none_is_refused_without_asking()
    {
        await using var machine = (await HubMachine.StartAsync()).LogIn();

        (await machine.RunAsync(PublishedRun.Train("--push-to-hub", "--hf-hub-model-id", "../evil"))).AssertComplains(ExitCode.WrongRequest, "hf_hub_model_id", "../evil");

        Assert.Empty(machine.Server.Requests);
    }
}
