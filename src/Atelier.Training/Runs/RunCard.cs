using Atelier.Artifacts.Hub.Cards;
using Atelier.Training.Settings;

namespace Atelier.Training.Runs;

/// <summary>Writes the model card of a run.</summary>
/// <remarks>
/// Card and pictures go into the run's <c>final/</c>, <c>README.md</c> beside the weights and <c>images/</c> with what it shows, so that this folder is what is uploaded, no
/// more and no less; going on with the run replaces it whole, card included. The card says nothing that belongs to the machine: no path, no host, no command line.
/// </remarks>
public static class RunCard
{
    /// <summary>Stands for the repository's id in the code of a card that was written before there was one.</summary>
    public const string UnknownRepository = "USER/REPOSITORY";

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
        var baseModel = options.BaseModel ?? facts.BaseModel;
        RunCardText text = new(facts, pictures, baseModel, options.RepositoryId ?? UnknownRepository);
        var fresh = ModelCard.Create(Fields(facts, pictures, baseModel, options), text.Write());
        var card = existing is null ? fresh : ModelCard.Merge(Named(existing, options.RepositoryId), fresh);
        card.Write(path);
        var hasOwnText = card.Body != fresh.Body;
        return new ModelCardFolder(run.Final, card, ModelCardFolder.List(run.Final), [.. Notes(facts, card, pictures), .. hasOwnText ? KeptText() : []]) { HasOwnText = hasOwnText };
    }

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

    private static IEnumerable<string> KeptText() => ["the text of the card in the run's folder is kept: only its fields are up to date"];

    private static IEnumerable<string> Notes(RunFacts facts, ModelCard card, RunCardPictures pictures)
    {
        if (card.Fields.License is null)
        {
            yield return "the card says no licence: give the base model's, since a fine-tuned model carries it";
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
