using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Artifacts.Tensors;
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

    // Of a repository, what was chosen to be loaded: another choice among the same commit's files is another model.
    internal string Files { get; init; } = "";

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

        if (request.Model.Length > 0 && !IsHere(request.Model) && !IsRepository(request.Model))
        {
            yield return $"pretrained_model: {ModelLocator.ExplainUnknown(request.Model)}";
        }

        if (request.Revision is not "main" && (request.Model.Length == 0 || IsHere(request.Model)))
        {
            yield return $"pretrained_revision {request.Revision} means nothing here: only a pretrained_model on the hub has revisions";
        }

        if (request.LoraRevision is not "main" && (request.Lora.Length == 0 || Path.Exists(request.Lora)))
        {
            yield return $"lora_revision {request.LoraRevision} means nothing here: only a lora on the hub has revisions";
        }
    }

    /// <summary>Finds the model and its LoRA; what the hub has is brought into the cache.</summary>
    /// <param name="request">The names.</param>
    /// <param name="hub">Gives the connection when a repository is named, the same one each time; null refuses their ids. Borrowed.</param>
    /// <param name="cancellation">Stops a download; what has arrived stays for the next try.</param>
    /// <returns>Where they are.</returns>
    /// <exception cref="ArgumentException">A name leads nowhere; the message says what to do.</exception>
    /// <exception cref="HubException">A repository is not there, or can't be fetched and is not cached.</exception>
    /// <exception cref="TensorFileException">The LoRA's file is damaged.</exception>
    public static async Task<ModelSource> FindAsync(ModelRequest request, Func<HubClient>? hub, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Problems(request).FirstOrDefault() is { } problem)
        {
            throw new ArgumentException(problem, nameof(request));
        }

        var search = new Search(hub, request.Variant, cancellation);
        if (request.Lora.Length == 0 && request.Model.Length > 0 && LoraIn(request.Model) is { } local)
        {
            return await search.WithBaseAsync(new Adapter(local), local).ConfigureAwait(false);
        }

        var lora = request.Lora.Length == 0 ? null
            : Path.Exists(request.Lora) ? new Adapter(request.Lora)
            : Adapter.In(await search.AskAsync(request.Lora, (client, id) => client.DownloadLoraAsync(id, HubRevision.Parse(request.LoraRevision), cancellation)).ConfigureAwait(false));
        if (request.Model.Length == 0)
        {
            return lora is null
                ? new ModelSource { Name = ModelLocator.EmbeddedName, Folder = ModelLocator.Find(ModelLocator.EmbeddedName) ?? throw new ArgumentException(ModelLocator.ExplainUnknown(ModelLocator.EmbeddedName), nameof(request)) }
                : await search.WithBaseAsync(lora, request.Lora).ConfigureAwait(false);
        }

        if (FindLocal(request.Model) is { } folder)
        {
            return new ModelSource { Name = request.Model, Folder = folder, Lora = lora?.Place };
        }

        var snapshot = await search.ModelAsync(request.Model, request.Revision, mayBeLora: lora is null).ConfigureAwait(false);
        return ModelLocator.Find(snapshot.Folder) is not null
            ? Of(request.Model, snapshot) with { Lora = lora?.Place }
            : await search.WithBaseAsync(Adapter.In(snapshot), request.Model).ConfigureAwait(false);
    }

    /// <summary>Says whether the name may mean other files tomorrow: it is a branch or a tag on the hub.</summary>
    internal static bool CanMove(ModelRequest request) =>
        request.Model.Length > 0 && !IsHere(request.Model) && IsRepository(request.Model) && !HubRevision.IsCommitId(request.Revision);

    private static bool IsHere(string name) => FindLocal(name) is not null || LoraIn(name) is not null;

    private static bool IsRepository(string name) => HubRepositoryId.TryParse(name, out var id) && id.Namespace is not null;

    private static bool IsEmbedded(string name) => name.Equals(ModelLocator.EmbeddedName, StringComparison.Ordinal);

    private static ModelSource Of(string name, HubSnapshot snapshot) => new() { Name = name, Folder = snapshot.Folder, Commit = snapshot.Commit, Files = string.Join('\n', snapshot.Files) };

    // The model that a LoRA was made for: its run knows, or the file itself, or the card beside it.
    private static (string Name, string Revision) BaseOf(Adapter lora, string asked)
    {
        const string Main = "main";
        if (!lora.IsFromHub && StartOf(lora.Place) is { } start)
        {
            return start;
        }

        if (LoraFile.ReadBaseModel(lora.Place) is { } named)
        {
            return (named, Main);
        }

        if (!lora.IsFromHub)
        {
            return (ModelLocator.EmbeddedName, Main);
        }

        return BaseOnCard(lora.Card!) is { } told
            ? (told, Main)
            : throw new ArgumentException($"lora: neither the file of {asked} nor its card says which model it was made for: give pretrained_model", nameof(asked));
    }

    private static string? BaseOnCard(string path)
    {
        try
        {
            return ModelCard.Read(path).Fields.BaseModel;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null; // a repository need not have one
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

    // A LoRA's file or folder, and where its card is if it comes from the hub: of the same commit.
    private sealed record Adapter(string Place, string? Card = null)
    {
        public bool IsFromHub => Card is not null;

        public static Adapter In(HubSnapshot snapshot) => new(HubPaths.Join(snapshot.Folder, snapshot.Files[0]), HubPaths.Join(snapshot.Folder, ModelCard.FileName));
    }

    // The hub, and what every question to it has in common.
    private sealed record Search(Func<HubClient>? Hub, string Variant, CancellationToken Cancellation)
    {
        public async Task<HubSnapshot> AskAsync(string name, Func<HubClient, HubRepositoryId, Task<HubSnapshot>> ask)
        {
            var client = Hub?.Invoke() ?? throw new ArgumentException($"{name} is not on this machine, and there is no connection to the hub here", nameof(name));
            try
            {
                return await ask(client, HubRepositoryId.Parse(name)).ConfigureAwait(false);
            }
            catch (HubException exception) when (exception.Kind == HubErrorKind.RepositoryNotFound)
            {
                throw exception.With($"There is no file or folder {name} here either.");
            }
        }

        public Task<HubSnapshot> ModelAsync(string name, string revision, bool mayBeLora)
        {
            var wanted = new HubPipelineRequest { Revision = HubRevision.Parse(revision), Variant = Variant.Length > 0 ? Variant : null };
            return AskAsync(name, (client, id) => mayBeLora ? client.DownloadModelAsync(id, wanted, Cancellation) : client.DownloadPipelineAsync(id, wanted, Cancellation));
        }

        // A LoRA's base is a whole model, so this goes no further; and what a repository says of itself is no path on this machine.
        public async Task<ModelSource> WithBaseAsync(Adapter lora, string asked)
        {
            var (name, revision) = BaseOf(lora, asked);
            var isHere = !lora.IsFromHub || IsEmbedded(name);
            if (isHere && FindLocal(name) is { } folder)
            {
                return new ModelSource { Name = name, Folder = folder, Lora = lora.Place };
            }

            if (!IsRepository(name))
            {
                throw new ArgumentException(isHere ? $"pretrained_model: {ModelLocator.ExplainUnknown(name)}" : $"lora: {asked} says that it was made for something that is no repository of the hub (NAMESPACE/NAME): give pretrained_model", nameof(asked));
            }

            var snapshot = await ModelAsync(name, revision, mayBeLora: true).ConfigureAwait(false);
            return ModelLocator.Find(snapshot.Folder) is not null
                ? Of(name, snapshot) with { Lora = lora.Place }
                : throw new ArgumentException($"{asked} is a LoRA of {name}, which is a LoRA itself", nameof(asked));
        }
    }
}
