using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Adapters;

namespace Atelier.Training.Runs;

/// <summary>Where a model and its LoRA are on this machine.</summary>
public sealed record ModelSource
{
    /// <summary>Gets the name that led to the model.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the folder in diffusers' layout.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the commit of the hub's repository that the folder holds; null where it comes from elsewhere.</summary>
    public string? Commit { get; init; }

    /// <summary>Gets the LoRA's file or folder; null for none.</summary>
    public string? Lora { get; init; }

    /// <summary>Gets the name by which others find the model: the embedded one's, or the repository's id; null for a folder.</summary>
    public string? PublicName => Commit is not null || IsEmbedded(Name) ? Name : null;

    /// <summary>Finds what is wrong with the names, as far as it can be said without asking the hub.</summary>
    /// <param name="request">The names.</param>
    /// <returns>One sentence for each complaint, in flat names of settings.</returns>
    public static IEnumerable<string> Problems(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);

        if (request.Lora.Length > 0 && !Path.Exists(request.Lora) && !IsRepository(request.Lora))
        {
            yield return $"lora: there is no file or folder {request.Lora}, and it is no repository's id (NAMESPACE/NAME)";
        }
        else if (request.Lora.Length > 0 && WholeModelOf(request.Lora) is { } whole)
        {
            yield return $"lora: {request.Lora} holds a model that was trained as a whole: use pretrained_model {whole}";
        }

        if (request.Model.Length > 0 && FindLocal(request.Model) is null && LoraIn(request.Model) is null && !IsRepository(request.Model))
        {
            yield return $"pretrained_model: {ModelLocator.ExplainUnknown(request.Model)}";
        }

        if (request.Revision is not "main" && (request.Model.Length == 0 || FindLocal(request.Model) is not null || LoraIn(request.Model) is not null))
        {
            yield return $"pretrained_revision {request.Revision} means nothing here: only a pretrained_model on the hub has revisions";
        }
    }

    /// <summary>Finds the model and its LoRA; what the hub has is brought into the cache.</summary>
    /// <param name="request">The names.</param>
    /// <param name="hub">Gives the connection when a repository is named, the same one each time; null refuses their ids. Borrowed.</param>
    /// <param name="cancellation">Stops a download; what has arrived stays for the next try.</param>
    /// <returns>Where they are.</returns>
    /// <exception cref="ArgumentException">A name leads nowhere; the message says what to do.</exception>
    /// <exception cref="HubException">A repository is not there, or can't be fetched and is not cached.</exception>
    /// <exception cref="SafetensorsException">The LoRA's file is damaged.</exception>
    public static async Task<ModelSource> FindAsync(ModelRequest request, Func<HubClient>? hub, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Problems(request).FirstOrDefault() is { } problem)
        {
            throw new ArgumentException(problem, nameof(request));
        }

        if (request.Lora.Length == 0 && request.Model.Length > 0 && LoraIn(request.Model) is { } own)
        {
            return await FindAsync(new ModelRequest { Lora = own, Variant = request.Variant }, hub, cancellation).ConfigureAwait(false);
        }

        var lora = request.Lora.Length == 0 ? null : Path.Exists(request.Lora) ? request.Lora : await FetchLoraAsync(request.Lora, "main", hub, cancellation).ConfigureAwait(false);
        var (name, revision) = request.Model.Length > 0 ? (request.Model, request.Revision) : await BaseOfAsync(lora, request.Lora, hub, cancellation).ConfigureAwait(false);
        if (FindLocal(name) is { } folder)
        {
            return new ModelSource { Name = name, Folder = folder, Lora = lora };
        }

        try
        {
            var snapshot = await Require(hub, name).DownloadPipelineAsync(
                HubRepositoryId.Parse(name),
                new HubPipelineRequest { Revision = HubRevision.Parse(revision), Variant = request.Variant.Length > 0 ? request.Variant : null },
                cancellation).ConfigureAwait(false);
            return new ModelSource { Name = name, Folder = snapshot.Folder, Commit = snapshot.Commit, Lora = lora };
        }
        catch (HubException exception) when (lora is null && exception.Kind is HubErrorKind.EntryNotFound or HubErrorKind.NotCached)
        {
            if (exception.Kind == HubErrorKind.NotCached && await HasPipelineAsync(name, revision, hub, cancellation).ConfigureAwait(false))
            {
                throw; // a pipeline of which something is missing, not a LoRA
            }

            lora = await TryFetchLoraAsync(name, revision, hub, cancellation).ConfigureAwait(false);
            if (lora is null)
            {
                throw;
            }
        }

        var start = await BaseOfAsync(lora, name, hub, cancellation).ConfigureAwait(false);
        var source = await FindAsync(new ModelRequest { Model = start.Name, Revision = start.Revision, Variant = request.Variant }, hub, cancellation).ConfigureAwait(false);
        return source.Lora is null ? source with { Lora = lora } : throw new ArgumentException($"{name} is a LoRA of {source.Name}, which is a LoRA itself", nameof(request));
    }

    private static bool IsRepository(string name) => HubRepositoryId.TryParse(name, out var id) && id.Namespace is not null;

    private static bool IsEmbedded(string name) => name.Equals(ModelLocator.EmbeddedName, StringComparison.Ordinal);

    private static HubClient Require(Func<HubClient>? hub, string name) => hub?.Invoke() ?? throw new ArgumentException($"{name} is not on this machine, and there is no connection to the hub here", nameof(name));

    private static async Task<string> FetchLoraAsync(string name, string revision, Func<HubClient>? hub, CancellationToken cancellation) =>
        await Require(hub, name).DownloadLoraAsync(HubRepositoryId.Parse(name), name: null, HubRevision.Parse(revision), cancellation).ConfigureAwait(false);

    private static async Task<string?> TryFetchLoraAsync(string name, string revision, Func<HubClient>? hub, CancellationToken cancellation)
    {
        try
        {
            return await FetchLoraAsync(name, revision, hub, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind is HubErrorKind.EntryNotFound or HubErrorKind.Unsuitable or HubErrorKind.NotCached)
        {
            return null; // then it is the missing pipeline that is reported
        }
    }

    private static async Task<bool> HasPipelineAsync(string name, string revision, Func<HubClient>? hub, CancellationToken cancellation)
    {
        try
        {
            await Require(hub, name).DownloadFileAsync(HubRepositoryId.Parse(name), ModelIndex.FileName, HubRevision.Parse(revision), cancellation).ConfigureAwait(false);
            return true;
        }
        catch (HubException)
        {
            return false;
        }
    }

    // The model that a LoRA was made for: its run knows, or the file itself, or the card beside it.
    private static async Task<(string Name, string Revision)> BaseOfAsync(string? lora, string asked, Func<HubClient>? hub, CancellationToken cancellation)
    {
        const string Main = "main";
        if (lora is null)
        {
            return (ModelLocator.EmbeddedName, Main);
        }

        if (StartOf(lora) is { } start)
        {
            return start;
        }

        if (LoraFile.ReadBaseModel(lora) is { } named)
        {
            return (named, Main);
        }

        if (Path.Exists(asked))
        {
            return (ModelLocator.EmbeddedName, Main);
        }

        return await BaseOnCardAsync(asked, hub, cancellation).ConfigureAwait(false) is { } told
            ? (told, Main)
            : throw new ArgumentException($"lora: neither the file of {asked} nor its card says which model it was made for: give pretrained_model", nameof(asked));
    }

    private static async Task<string?> BaseOnCardAsync(string repository, Func<HubClient>? hub, CancellationToken cancellation)
    {
        try
        {
            var path = await Require(hub, repository).DownloadFileAsync(HubRepositoryId.Parse(repository), ModelCard.FileName, revision: null, cancellation).ConfigureAwait(false);
            return ModelCard.Read(path).Fields.BaseModel;
        }
        catch (Exception exception) when (exception is HubException { Kind: HubErrorKind.EntryNotFound or HubErrorKind.NotCached } or InvalidDataException)
        {
            return null;
        }
    }

    // The model that a run began with, given the run's folder, its final/ or the file in it.
    private static (string Name, string Revision)? StartOf(string lora)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(lora));
        for (var up = 0; up < 3 && folder is not null; up++, folder = Path.GetDirectoryName(folder))
        {
            if (RunManifest.Find(new RunFolder(folder).Manifest) is { ModelFolder.Length: > 0 } manifest)
            {
                return manifest.ModelCommit is { } commit ? (manifest.Model, commit)
                    : IsEmbedded(manifest.Model) ? (manifest.Model, "main")
                    : Directory.Exists(manifest.ModelFolder) ? (manifest.ModelFolder, "main")
                    : null;
            }
        }

        return null;
    }

    private static string? FindLocal(string name) => ModelLocator.Find(name) ?? WholeModelOf(name);

    private static string? WholeModelOf(string path) =>
        ((string[])[path, new RunFolder(path).Final]).FirstOrDefault(folder => File.Exists(Path.Combine(folder, ModelIndex.FileName)));

    private static string? LoraIn(string path) => Directory.Exists(path) && FindLocal(path) is null && LoraFile.Exists(path) ? path : null;
}
