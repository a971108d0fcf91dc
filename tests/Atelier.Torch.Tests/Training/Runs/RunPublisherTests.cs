using System.Text;
using Atelier.Artifacts.Hub;
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

    private void Edit(string id, string card) => _server.Model(id).Commit(files => files.Add("README.md", card));

    private string Card(string id = Id) => Encoding.UTF8.GetString(_server.Model(id).File("README.md").Content.ToArray());
}
