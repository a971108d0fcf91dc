using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Cli;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary><c>atelier hub card</c>.</summary>
public sealed class CardCommandTests(PublishedRun run) : IAsyncLifetime
{
    private HubMachine _machine = null!;

    public async ValueTask InitializeAsync() => _machine = await HubMachine.StartAsync();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task A_card_is_written_beside_the_model_and_nobody_is_asked()
    {
        var copy = await run.CopyToAsync(_machine);
        File.Delete(_machine.At(copy, "final", "README.md"));

        var result = (await _machine.RunAsync("hub", "card", copy, "--license", "mit", "--repository", "me/mine", "--base-model", "ns/base")).AssertDone();

        Assert.Equal(Path.Combine(copy, "final", "README.md"), result.LastLine);
        var card = ModelCard.Read(_machine.At(result.LastLine));
        Assert.Equal(("mit", "ns/base", "adapter"), (card.Fields.License, card.Fields.BaseModel, card.Fields.BaseModelRelation));
        Assert.Contains("--lora me/mine", card.Body, StringComparison.Ordinal);
        Assert.Empty(_machine.Server.Requests);
    }

    [Fact]
    public async Task What_is_missing_is_noted_and_what_a_person_wrote_stays()
    {
        var copy = await run.CopyToAsync(_machine);
        var path = _machine.At(copy, "final", "README.md");
        await File.WriteAllTextAsync(path, "---\nlanguage: en\n---\nMine.\n");

        var result = (await _machine.RunAsync("hub", "card", copy, "--json")).AssertDone();

        var json = JsonNode.Parse(result.Output)!;
        Assert.Empty(json["problems"]!.AsArray());
        Assert.Contains(json["notes"]!.AsArray(), note => note!.GetValue<string>().Contains("licence", StringComparison.Ordinal));
        Assert.Contains("Mine.", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
        Assert.Contains("language: en", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
        (await _machine.RunAsync("hub", "card", copy, "--replace", "--quiet")).AssertDone();
        Assert.DoesNotContain("Mine.", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_that_the_hub_will_not_understand_is_warned_about()
    {
        var copy = await run.CopyToAsync(_machine);
        await File.WriteAllTextAsync(_machine.At(copy, "final", "README.md"), "---\nlicence: mit\n---\nMine.\n");

        var result = (await _machine.RunAsync("hub", "card", copy)).AssertDone();

        Assert.Contains("warning: README.md, line 2: \"licence\" means nothing to the hub", result.Errors, StringComparison.Ordinal);
        Assert.Single(JsonNode.Parse((await _machine.RunAsync("hub", "card", copy, "--json")).AssertDone().Output)!["warnings"]!.AsArray());
    }

    [Fact]
    public async Task A_folder_that_is_no_run_and_a_licence_that_is_none_are_refused()
    {
        var copy = await run.CopyToAsync(_machine);
        (await _machine.RunAsync("hub", "card", "hf")).AssertComplains(ExitCode.WrongRequest, "hf is no run");
        (await _machine.RunAsync("hub", "card", copy, "--license", "mitt")).AssertComplains(ExitCode.WrongRequest, "mitt", "did you mean mit?");
        Directory.Delete(_machine.At(copy, "final"), recursive: true);
        (await _machine.RunAsync("hub", "card", copy)).AssertComplains(ExitCode.WrongRequest, "no trained model");
        (await _machine.LogIn().RunAsync("hub", "upload", "alice/mine", copy)).AssertComplains(ExitCode.WrongRequest, "no trained model");
        Assert.Null(_machine.Server.FindModel("alice/mine"));
    }
}
