using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;

namespace Atelier.Training.Runs;

/// <summary>Puts the trained model of a run on the hub, with a card.</summary>
/// <param name="hub">The connection; borrowed.</param>
/// <param name="note">Hears what the person should know, one sentence each; null for nobody.</param>
public sealed class RunPublisher(HubClient hub, Action<string>? note = null)
{
    /// <summary>Asks whether a publication would be let in, before anything is trained for it. Nothing is created.</summary>
    /// <param name="publication">Where it would go.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The repository, with its namespace.</returns>
    /// <exception cref="HubException">The token is missing or may not do it, or the hub can't be asked.</exception>
    public Task<HubRepositoryId> CheckAsync(RunPublication publication, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var check = new HubWriteCheck { Revision = publication.Revision, IsPrivate = publication.IsPrivate, OpensPullRequest = publication.OpensPullRequest };
        return hub.CheckWriteAsync(publication.Repository, check, cancellation);
    }

    /// <summary>Writes the card into the run's <c>final/</c> and uploads that folder as one commit.</summary>
    /// <param name="run">The run.</param>
    /// <param name="publication">Where it goes.</param>
    /// <param name="cancellation">Ends it; before the commit nothing of it is visible on the hub.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="HubException">Nothing was committed, or it is not known; the run's files are as they were, with the card.</exception>
    /// <exception cref="InvalidDataException">The folder is no run with a trained model.</exception>
    public Task<HubUploadReport> PublishAsync(RunFolder run, RunPublication publication, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(publication);
        return PublishAsync(RunFacts.Read(run), publication, cancellation);
    }

    /// <summary>Publishes what is known of a run, whose <c>final/</c> is written.</summary>
    internal async Task<HubUploadReport> PublishAsync(RunFacts facts, RunPublication publication, CancellationToken cancellation)
    {
        var repository = await CheckAsync(publication, cancellation).ConfigureAwait(false);
        var card = await WriteCardAsync(facts, publication with { Repository = repository }, cancellation).ConfigureAwait(false);
        foreach (var line in card.Notes)
        {
            note?.Invoke(line);
        }

        return await hub.UploadAsync(
            new HubUploadRequest
            {
                Repository = repository,
                Files = card.Files,
                Revision = publication.Revision,
                CreatesRepository = !publication.OpensPullRequest,
                IsPrivate = publication.IsPrivate,
                OpensPullRequest = publication.OpensPullRequest,
                Summary = publication.Summary ?? $"Upload DDPO {(facts.IsLora ? "LoRA" : "model")}",
            },
            cancellation).ConfigureAwait(false);
    }

    private async Task<ModelCardFolder> WriteCardAsync(RunFacts facts, RunPublication publication, CancellationToken cancellation)
    {
        var baseModel = publication.License is null && facts.BaseModel is { } id ? await FindBaseAsync(id, cancellation).ConfigureAwait(false) : null;
        return RunCard.Write(facts, new RunCardOptions
        {
            RepositoryId = publication.Repository.ToString(),
            License = publication.License ?? baseModel?.License,
            LicenseName = baseModel?.LicenseName,
            LicenseLink = baseModel?.LicenseLink,
            Existing = publication.ReplacesCard ? null : await FindCardAsync(publication, cancellation).ConfigureAwait(false),
            ReplacesCard = publication.ReplacesCard,
        });
    }

    private async Task<HubModel?> FindBaseAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return await hub.ModelAsync(HubRepositoryId.Parse(id), revision: null, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception)
        {
            note?.Invoke($"the licence of {id} is not known: {exception.Message}");
            return null;
        }
    }

    private async Task<ModelCard?> FindCardAsync(RunPublication publication, CancellationToken cancellation)
    {
        try
        {
            return ModelCard.Read(await hub.DownloadFileAsync(publication.Repository, ModelCard.FileName, publication.Revision, cancellation).ConfigureAwait(false));
        }
        catch (HubException exception) when (exception.Kind is HubErrorKind.EntryNotFound or HubErrorKind.RepositoryNotFound or HubErrorKind.RevisionNotFound)
        {
            return null;
        }
    }
}
