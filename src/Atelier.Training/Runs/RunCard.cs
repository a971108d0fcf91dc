using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Writes the model card of a run.</summary>
/// <remarks>
/// Card and pictures go into the run's <c>final/</c>, <c>README.md</c> beside the weights and <c>images/</c> with what it shows, so that this folder is what is uploaded, no
/// more and no less; going on with the run replaces it whole, card included. Its text is written anew each time until somebody changes it; from then on it is theirs. The card says nothing that belongs to the machine: no path, no host, no command line.
/// </remarks>
public static class RunCard
{
    /// <summary>Stands for the repository's id in the code of a card that was written before there was one.</summary>
    public const string UnknownRepository = "USER/REPOSITORY";

    /// <summary>The note on a card without a licence.</summary>
    internal const string NoLicense = "the card says no licence: give the base model's, since a fine-tuned model carries it";

    private static readonly string[] UsualTags = ["text-to-image", "diffusers", "diffusers-training", "stable-diffusion", "stable-diffusion-diffusers", "ddpo", "reinforcement-learning", "atelier"];

    /// <summary>Writes card and pictures into the run's <c>final/</c>.</summary>
    /// <param name="run">The run, finished or at least with a <c>final/</c>.</param>
    /// <param name="options">What the run's folder doesn't know; null for nothing.</param>
    /// <returns>The folder as it is to be uploaded. Whether the hub would accept the card is for <see cref="ModelCard.Problems"/> to say.</returns>
    /// <exception cref="InvalidDataException">The folder is no run, has no trained model, or is damaged; or the card in it can't be updated.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    public static ModelCardFolder Write(RunFolder run, RunCardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Write(RunFacts.Read(run), options ?? new RunCardOptions());
    }

    /// <summary>Writes the card that says what is known.</summary>
    internal static ModelCardFolder Write(RunFacts facts, RunCardOptions options)
    {
        var run = facts.Folder;
        if (!Directory.Exists(run.Final) || !Directory.EnumerateFiles(run.Final, "*.safetensors", SearchOption.AllDirectories).Any())
        {
            throw new InvalidDataException($"{run.Path} has no trained model in {Path.GetFileName(run.Final)}/: let it come to its end with resume_from {run.Path}");
        }

        var path = Path.Combine(run.Final, ModelCard.FileName);
        var existing = File.Exists(path) && !options.ReplacesCard ? ModelCard.Read(path) : null;
        var pictures = RunCardPictures.Copy(run);
        var baseModel = options.BaseModel ?? facts.BaseModel ?? FindBase(existing);
        var repository = options.RepositoryId ?? facts.Manifest.PublishedTo;
        RunCardText text = new(facts, pictures, baseModel, repository ?? UnknownRepository);
        var fresh = ModelCard.Create(Fields(facts, pictures, baseModel, options), RunCardMark.Sign(text.Write()));
        var card = existing is null ? fresh : Update(HasOwnText(existing) ? Named(existing, repository) : existing, fresh, options.KeepsLicense);
        card.Write(path);
        var hasOwnText = HasOwnText(card);
        return new ModelCardFolder(run.Final, card, ModelCardFolder.List(run.Final), [.. Notes(facts, card, pictures), .. hasOwnText ? KeptText(run) : []]) { HasOwnText = hasOwnText };
    }

    /// <summary>Tells whether a person wrote or changed a card's text.</summary>
    internal static bool HasOwnText(ModelCard card) => !string.IsNullOrWhiteSpace(card.Body) && !RunCardMark.IsUnchanged(card.Body);

    /// <summary>Brings a card up to date: its fields, and its text too unless that is a person's.</summary>
    internal static ModelCard Update(ModelCard existing, ModelCard fresh, bool keepsLicense) => ModelCard.Merge(
        HasOwnText(existing) ? existing : existing.WithBody(existing.Body.Contains("\r\n", StringComparison.Ordinal) ? fresh.Body.ReplaceLineEndings("\r\n") : fresh.Body),
        fresh,
        keepsLicense);

    /// <summary>Finds the base model that a card names, where that can be the name of one on the hub: it goes into code that people copy.</summary>
    internal static string? FindBase(ModelCard? card) => HubRepositoryId.TryParse(card?.Fields.BaseModel, out var id) ? id.ToString() : null;

    /// <summary>Finds the base model of a run: the one that it began with, else the one that the card in its folder names.</summary>
    internal static string? FindBase(RunFacts facts)
    {
        var path = Path.Combine(facts.Folder.Final, ModelCard.FileName);
        return facts.BaseModel ?? (File.Exists(path) ? FindBase(ModelCard.Read(path)) : null);
    }

    /// <summary>Spells a path so that a person can copy it into a shell.</summary>
    internal static string Quoted(string path) => path.Any(char.IsWhiteSpace) ? $"\"{path}\"" : path;

    private static ModelCardFields Fields(RunFacts facts, RunCardPictures pictures, string? baseModel, RunCardOptions options) => new()
    {
        BaseModel = baseModel,
        BaseModelRelation = baseModel is null ? null : facts.IsLora ? "adapter" : "finetune",
        LibraryName = "diffusers",
        PipelineTag = "text-to-image",
        License = options.License,
        LicenseName = options.LicenseName,
        LicenseLink = options.LicenseLink,
        Tags = facts.IsLora ? [.. UsualTags, ModelCardFields.LoraTag] : UsualTags,
        Widget = pictures.Widgets,
    };

    // A text that was written before the repository had a name.
    private static ModelCard Named(ModelCard card, string? repository) =>
        repository is null ? card : card.WithBody(card.Body.Replace(UnknownRepository, repository, StringComparison.Ordinal));

    private static IEnumerable<string> KeptText(RunFolder run) =>
        [$"the text of the card in the run's folder is kept: only its fields are up to date. To write it anew: atelier hub card {Quoted(run.Path)} --replace"];

    private static IEnumerable<string> Notes(RunFacts facts, ModelCard card, RunCardPictures pictures)
    {
        if (card.Fields.License is null)
        {
            yield return NoLicense;
        }

        if (card.Fields.BaseModel is null)
        {
            yield return facts.IsEmbedded
                ? $"the card names no base model: {ModelLocator.EmbeddedName} is not on the hub"
                : "the card names no base model: the run began with a folder. Give the model's id if it is on the hub";
        }

        if (facts.Manifest.Status != RunManifest.Done)
        {
            yield return $"the run is {facts.Manifest.Status}, not {RunManifest.Done}: the model in {Path.GetFileName(facts.Folder.Final)}/ may be older than its last epochs";
        }

        if (pictures.Pairs.Count == 0)
        {
            yield return $"the card shows no pictures: the run drew none ({nameof(RunSettings.Preview).ToLowerInvariant()}_count {facts.Settings.Preview.Count})";
        }
    }
}
