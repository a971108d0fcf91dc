using System.Text;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Testing;
using Atelier.Tests.Shared;
using Atelier.Training.Runs;
using Xunit;

namespace Atelier.Tests.Training.Runs;

/// <summary>What a run's publication does with the card that the repository has.</summary>
public sealed class RunPublisherTests : IAsyncLifetime
{
    private const string Id = "alice/run";
    private const string Edited = "---\nlicense: mit\n---\n\nWritten by a person.\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-publisher-");
    private readonly FinishedRun _run = new();
    private readonly List<string> _notes = [];
    private HubServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await HubServer.StartAsync();
        _server.AddUser("alice", "hf_alice");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _run.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_old_card_from_the_cache_is_never_written_back()
    {
        await PublishAsync();
        await PublishAsync(); // its card is cached now
        Edit(Id, Edited);
        File.Delete(_run.InFinal("README.md"));
        _server.Faults.Add(FaultRule.OnHead("*README.md").Fail(503));

        var refusal = await Assert.ThrowsAsync<HubException>(() => PublishAsync());

        Assert.Equal(HubErrorKind.Unavailable, refusal.Kind);
        Assert.Equal(Edited, Card());
        _server.Faults.Clear();
        await PublishAsync();
        Assert.Contains("Written by a person.", Card(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_that_is_edited_while_another_is_uploaded_is_a_conflict()
    {
        await PublishAsync();
        _server.Faults.Add(FaultRule.OnPost("/api/validate-yaml").Before(_ => Edit(Id, Edited)).Once());

        var refusal = await Assert.ThrowsAsync<HubException>(() => PublishAsync());

        Assert.Equal(HubErrorKind.Conflict, refusal.Kind);
        Assert.Equal(Edited, Card());
        await PublishAsync();
        Assert.Contains("Written by a person.", Card(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_nobody_changed_is_written_anew_on_the_hub()
    {
        await PublishAsync();
        Assert.Contains("2 epochs, 4 pictures", Card(), StringComparison.Ordinal);
        Edit(Id, Card().Replace("---\n\n#", "language: en\n---\n\n#", StringComparison.Ordinal).ReplaceLineEndings("\r\n")); // a field, and the line ends of another system
        await File.AppendAllTextAsync(_run.Folder.Metrics, "{\"step\":2,\"kind\":\"rewards\",\"epoch\":2,\"reward_mean\":0.9,\"reward_std\":0.3,\"reward_std_within_prompt\":0.2}\n", TestContext.Current.CancellationToken);

        await PublishAsync();

        Assert.Contains("3 epochs, 6 pictures", Card(), StringComparison.Ordinal);
        Assert.Contains("language: en", Card(), StringComparison.Ordinal);
        Assert.Equal(Card().Count(letter => letter == '\n'), Card().Count(letter => letter == '\r'));
        Assert.DoesNotContain(_notes, note => note.Contains("is kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_repository_gets_a_card_of_its_own()
    {
        await PublishAsync();
        await PublishAsync("alice/other");

        Assert.Contains("# other: ", Card("alice/other"), StringComparison.Ordinal);
        Assert.Contains("--lora alice/other ", Card("alice/other"), StringComparison.Ordinal);
        Assert.DoesNotContain(Id, Card("alice/other"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_a_push_that_was_refused_does_not_stay()
    {
        _server.Faults.Add(FaultRule.OnPost("/api/validate-yaml").Fail(400).Once());
        await Assert.ThrowsAsync<HubException>(() => PublishAsync("alice/refused"));
        Assert.Contains("alice/refused", await File.ReadAllTextAsync(_run.InFinal("README.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await PublishAsync();

        Assert.DoesNotContain("refused", Card(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_a_person_changed_stays_and_the_note_names_the_command_that_replaces_it()
    {
        await PublishAsync();
        Edit(Id, Card().Replace("## The reward", "## My reward", StringComparison.Ordinal));

        await PublishAsync();

        Assert.Contains("## My reward", Card(), StringComparison.Ordinal);
        Assert.Contains(_notes, note => note.EndsWith($"atelier hub upload {Id} {_run.Folder.Path} --replace-card", StringComparison.Ordinal));
        await PublishAsync(change: publication => publication with { ReplacesCard = true });
        Assert.DoesNotContain("## My reward", Card(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_was_changed_in_the_run_takes_the_place_of_one_that_nobody_changed_but_not_of_a_persons()
    {
        await PublishAsync();
        await File.AppendAllTextAsync(_run.InFinal("README.md"), "\nMy local words.\n", TestContext.Current.CancellationToken);

        await PublishAsync();

        Assert.Contains("My local words.", Card(), StringComparison.Ordinal);
        Edit(Id, Edited);
        Assert.Contains("--replace-card", (await Assert.ThrowsAsync<HubException>(() => PublishAsync())).Message, StringComparison.Ordinal);
        Assert.Equal(Edited, Card());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_licence_that_the_owner_chose_on_the_hub_stays_until_another_is_given(bool replacesCard)
    {
        _server.AddModel("ns/base", files => files.Add("README.md", "---\nlicense: openrail\n---\n"));
        RunCard.Write(_run.Folder, new RunCardOptions { BaseModel = "ns/base" });
        await PublishAsync();
        Assert.Equal("openrail", License());
        Assert.DoesNotContain(_notes, note => note.Contains("licence", StringComparison.Ordinal));
        Edit(Id, Card().Replace("license: openrail\n", "license: mit\n", StringComparison.Ordinal));

        await PublishAsync(change: publication => publication with { ReplacesCard = replacesCard });

        Assert.Equal("mit", License());
        Assert.Contains(_notes, note => note.Contains("licence, mit, is kept", StringComparison.Ordinal) && note.Contains("--license openrail takes it", StringComparison.Ordinal));
        await PublishAsync(change: publication => publication with { ReplacesCard = replacesCard, License = "apache-2.0" });
        Assert.Equal("apache-2.0", License());
    }

    [Fact]
    public async Task The_licence_on_the_card_of_the_run_is_taken_where_the_repository_has_none()
    {
        RunCard.Write(_run.Folder, new RunCardOptions { License = "mit" });
        Edit("alice/run", "---\nlanguage: en\n---\n", create: true);

        await PublishAsync();

        Assert.Equal("mit", License());
    }

    [Fact]
    public async Task A_base_model_that_the_owner_named_on_the_hub_is_in_the_text_too()
    {
        await PublishAsync();
        _server.AddModel("ns/base", files => files.Add("README.md", "---\nlicense: openrail\n---\n"));
        Edit(Id, Card().Replace("---\n\n#", "base_model: ns/base\n---\n\n#", StringComparison.Ordinal));

        await PublishAsync();

        Assert.Contains("from_pretrained(\"ns/base\")", Card(), StringComparison.Ordinal);
        Assert.Equal("openrail", License());
    }

    [Fact]
    public async Task A_card_that_cannot_be_read_can_still_be_replaced()
    {
        await PublishAsync();
        Edit(Id, "---\nlicense: [\n---\n");

        await Assert.ThrowsAsync<InvalidDataException>(() => PublishAsync());
        await PublishAsync(change: publication => publication with { ReplacesCard = true });

        Assert.Contains("## The reward", Card(), StringComparison.Ordinal);
    }

    // The model differs each time, so that there is something to upload.
    private async Task<HubUploadReport> PublishAsync(string id = Id, Func<RunPublication, RunPublication>? change = null)
    {
        var weights = _run.InFinal("pytorch_lora_weights.safetensors");
        await File.AppendAllTextAsync(weights, "more", TestContext.Current.CancellationToken);
        using HubClient hub = new(
            HubSettings.Read(new Dictionary<string, string>(StringComparer.Ordinal) { ["HF_ENDPOINT"] = _server.Endpoint, ["HF_HOME"] = _folder.FullName, ["HF_TOKEN"] = "hf_alice" }),
            time: new HurriedClock());
        RunPublication publication = new() { Repository = HubRepositoryId.Parse(id) };
        return await new RunPublisher(hub, _notes.Add).PublishAsync(_run.Folder, change?.Invoke(publication) ?? publication, TestContext.Current.CancellationToken);
    }

    private void Edit(string id, string card, bool create = false) =>
        (create ? _server.AddModel(id, _ => { }) : _server.Model(id)).Commit(files => files.Add("README.md", card));

    private string? License() => ModelCard.Parse(Card()).Fields.License;

    private string Card(string id = Id) => Encoding.UTF8.GetString(_server.Model(id).File("README.md").Content.ToArray());
}
