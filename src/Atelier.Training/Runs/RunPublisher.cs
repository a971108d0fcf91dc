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
    /// <returns>The repository, with its namespace, and whether it exists.</returns>
    /// <exception cref="HubException">The token is missing or may not do it, or the hub can't be asked.</exception>
    public Task<HubWriteReport> CheckAsync(RunPublication publication, CancellationToken cancellation = default)
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
    public async Task<HubUploadReport> PublishAsync(RunFolder run, RunPublication publication, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(publication);
        var report = await PublishAsync(RunFacts.Read(run), publication, cancellation).ConfigureAwait(false);
        if (report.PullRequestUrl is null)
        {
            Remember(run, report.Repository);
        }

        return report;
    }

    /// <summary>Publishes what is known of a run, whose <c>final/</c> is written.</summary>
    internal async Task<HubUploadReport> PublishAsync(RunFacts facts, RunPublication publication, CancellationToken cancellation)
    {
        var checkedAccess = await CheckAsync(publication, cancellation).ConfigureAwait(false); // the card names the repository, and a refusal comes before anything is written
        publication = publication with { Repository = checkedAccess.Repository };
        var (parent, present) = checkedAccess.Exists ? await FindCardAsync(publication, cancellation).ConfigureAwait(false) : default;
        var baseModel = RunCard.FindBase(facts) ?? (publication.ReplacesCard ? null : RunCard.FindBase(present));
        var origin = baseModel is null ? null : await FindBaseAsync(baseModel, publication, cancellation).ConfigureAwait(false);
        var folder = WriteCard(facts, publication, baseModel, origin);
        var card = present is null ? folder.Card : Join(present, folder, facts.Folder, publication);
        Note(folder, card, origin, publication);
        return await hub.UploadAsync(
            new HubUploadRequest
            {
                Repository = publication.Repository,
                Files = [.. folder.Files.Where(file => file.RepositoryPath != ModelCard.FileName)],
                Card = card.ToString(),
                Revision = publication.Revision,
                ParentCommit = parent,
                CreatesRepository = !publication.OpensPullRequest,
                IsPrivate = publication.IsPrivate,
                OpensPullRequest = publication.OpensPullRequest,
                Summary = publication.Summary ?? $"Upload DDPO {(facts.IsLora ? "LoRA" : "model")}",
            },
            cancellation).ConfigureAwait(false);
    }

    // Going on with the run then knows the repository for its own. What was uploaded is no less so where this can't be noted.
    private static void Remember(RunFolder run, HubRepositoryId repository)
    {
        try
        {
            (RunManifest.Find(run.Manifest)! with { PublishedTo = repository.ToString() }).Write(run.Manifest);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static ModelCardFolder WriteCard(RunFacts facts, RunPublication publication, string? baseModel, HubModel? origin) => RunCard.Write(facts, new RunCardOptions
    {
        RepositoryId = publication.Repository.ToString(),
        BaseModel = baseModel,
        License = publication.License ?? origin?.License,
        LicenseName = publication.License is null ? origin?.LicenseName : null,
        LicenseLink = publication.License is null ? origin?.LicenseLink : null,
        KeepsLicense = publication.License is null,
    });

    // The file in the run's folder is never written over with what the repository has.
    private ModelCard Join(ModelCard present, ModelCardFolder folder, RunFolder run, RunPublication publication)
    {
        if (publication.ReplacesCard)
        {
            return publication.License is null && present.Problems().Count == 0 ? WithLicense(folder.Card, present.Fields) : folder.Card;
        }

        if (RunCard.HasOwnText(present) && present.Body != folder.Card.Body)
        {
            if (folder.HasOwnText)
            {
                throw new HubException(
                    HubErrorKind.Refused,
                    $"{publication.Repository} has a card whose text is another one than that in {Path.Combine(folder.Folder, ModelCard.FileName)}: nothing was uploaded. --replace-card puts the run's there; without the file the repository's text stays.");
            }

            note?.Invoke($"the text of the card that {publication.Repository} has is kept: only its fields are brought up to date. To replace it: atelier hub upload {publication.Repository} {RunCard.Quoted(run.Path)}{publication.PlaceOptions} --replace-card");
        }

        return RunCard.Update(present, folder.Card, keepsLicense: publication.License is null);
    }

    private static ModelCard WithLicense(ModelCard card, ModelCardFields fields) => fields.License is null
        ? card
        : ModelCard.Merge(card, ModelCard.Create(new ModelCardFields { License = fields.License, LicenseName = fields.LicenseName, LicenseLink = fields.LicenseLink }, ""));

    private void Note(ModelCardFolder folder, ModelCard card, HubModel? origin, RunPublication publication)
    {
        foreach (var line in folder.Notes.Where(line => line != RunCard.NoLicense || card.Fields.License is null))
        {
            note?.Invoke(line);
        }

        if (publication.License is null && card.Fields.License is { } kept && origin?.License is { } other && kept != other)
        {
            note?.Invoke($"the card's licence, {kept}, is kept; that of {origin.Id}, which a fine-tuned model carries, is {other}: --license {other} takes it");
        }
    }

    private async Task<HubModel?> FindBaseAsync(string id, RunPublication publication, CancellationToken cancellation)
    {
        if (publication.License is not null)
        {
            return null;
        }

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

    // The card of one commit, which is then the upload's parent: what somebody changes afterwards is a conflict and never lost. Of a branch an older card might come from the cache.
    private async Task<(string Commit, ModelCard? Card)> FindCardAsync(RunPublication publication, CancellationToken cancellation)
    {
        // It is part of a write, so the token goes along where it does not for mere reading: a private repository would look missing.
        using var own = hub.Settings.SendsTokenForReading ? null : new HubClient(hub.Settings with { SendsTokenForReading = true });
        var reader = own ?? hub;
        var commit = (await reader.ModelAsync(publication.Repository, publication.Revision, cancellation).ConfigureAwait(false)).Commit;
        try
        {
            return (commit, ModelCard.Read(await reader.DownloadFileAsync(publication.Repository, ModelCard.FileName, HubRevision.Parse(commit), cancellation).ConfigureAwait(false)));
        }
        catch (Exception exception) when (exception is HubException { Kind: HubErrorKind.EntryNotFound } || (exception is InvalidDataException && publication.ReplacesCard))
        {
            return (commit, null);
        }
    }
}
