using Atelier.Artifacts.Hub.Cache;
using Atelier.Artifacts.Hub.Cards;
using Atelier.Artifacts.Hub.Download;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub;

/// <content>Downloads into the cache.</content>
public sealed partial class HubClient
{
    private SnapshotFetcher Fetcher => new(Settings, _transport, _reader, _observer, _time);

    /// <summary>Brings one file into the cache, verified by size and hash. A transfer that broke off, in this process or an earlier one, goes on where it stopped.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>. A file that is cached under a commit's full id needs no request.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next try.</param>
    /// <returns>The place of the file in the cache. It may be a link, and must not be written.</returns>
    /// <exception cref="HubException">It is not there, or can't be fetched and is not cached; the message says what to do.</exception>
    public Task<string> DownloadFileAsync(HubRepositoryId id, string path, HubRevision? revision = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(path);
        return Fetcher.FileAsync(id, revision ?? HubRevision.Main, path, cancellation);
    }

    /// <summary>Brings what a pipeline is loaded from into the cache: only the components and the formats that are needed, eight files at a time.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="request">Revision, variant and further components, or null for the usual ones.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next try.</param>
    /// <returns>The folder to load from, and the files; all are there.</returns>
    /// <exception cref="HubException">It is no pipeline, or can't be fetched and is not cached whole; the message says what to do.</exception>
    public Task<HubSnapshot> DownloadPipelineAsync(HubRepositoryId id, HubPipelineRequest? request = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Fetcher.PipelineAsync(id, request ?? new HubPipelineRequest(), cancellation);
    }

    /// <summary>Brings an adapter into the cache, with what says of it how it is meant: its card, and peft's configuration. Without the hub a cached adapter is enough.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next try.</param>
    /// <returns>The folder, and the files: first the adapter, <c>pytorch_lora_weights.safetensors</c>, else the only safetensors file in the root, else <c>pytorch_lora_weights.bin</c>.</returns>
    /// <exception cref="HubException">There is none, or several to choose from, or it can't be fetched and is not cached.</exception>
    public Task<HubSnapshot> DownloadLoraAsync(HubRepositoryId id, HubRevision? revision = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Fetcher.FilesAsync(
            id,
            revision ?? HubRevision.Main,
            paths => [PipelineFiles.SelectLora(paths), .. paths.Where(path => path is ModelCard.FileName or "adapter_config.json")],
            paths => [PipelineFiles.SelectLora(paths)],
            cancellation);
    }

    /// <summary>Brings what a model is loaded from into the cache: of a pipeline what <see cref="DownloadPipelineAsync"/> brings; where the repository holds none, its adapter.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="request">Revision, variant and further components, or null for the usual ones. Of an adapter only the revision matters.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next try.</param>
    /// <returns>The folder, and the files. A pipeline's has <c>model_index.json</c>; of an adapter the first file is the adapter.</returns>
    /// <exception cref="HubException">It is neither, or can't be fetched and is not cached whole; the message says what to do.</exception>
    public async Task<HubSnapshot> DownloadModelAsync(HubRepositoryId id, HubPipelineRequest? request = null, CancellationToken cancellation = default)
    {
        var revision = request?.Revision ?? HubRevision.Main;
        try
        {
            return await DownloadPipelineAsync(id, request, cancellation).ConfigureAwait(false);
        }
        catch (HubException noPipeline) when (noPipeline is { Kind: HubErrorKind.EntryNotFound, Status: null } || ((noPipeline.Kind == HubErrorKind.NotCached || noPipeline.AllowsCached) && IsCachedWithoutPipeline(id, revision)))
        {
            try
            {
                return await DownloadLoraAsync(id, revision, cancellation).ConfigureAwait(false);
            }
            catch (HubException noLora) when (noLora.Kind is HubErrorKind.Unsuitable or HubErrorKind.NotCached)
            {
                throw noLora.Kind == HubErrorKind.Unsuitable ? noPipeline.With(noLora.Message) : noPipeline;
            }
        }
    }

    // A pipeline of which something is missing is not taken for an adapter.
    private bool IsCachedWithoutPipeline(HubRepositoryId id, HubRevision revision)
    {
        var folder = new RepositoryFolder(Settings.CacheFolder, id);
        return folder.ReadRef(revision) is { } commit && folder.Find(commit, ModelIndex.FileName) is null;
    }

    /// <summary>Brings several files of a repository into the cache.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>.</param>
    /// <param name="isWanted">Says which paths are wanted; null means all of them.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next try.</param>
    /// <returns>The folder and the files; all are there.</returns>
    /// <exception cref="HubException">No file is wanted, or one can't be fetched and is not cached.</exception>
    public Task<HubSnapshot> DownloadFilesAsync(HubRepositoryId id, HubRevision? revision = null, Func<string, bool>? isWanted = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Fetcher.FilesAsync(id, revision ?? HubRevision.Main, Choose, Choose, cancellation);

        IReadOnlyList<string> Choose(IReadOnlyCollection<string> paths)
        {
            List<string> chosen = [.. paths.Where(path => isWanted is null || isWanted(path)).Order(StringComparer.Ordinal)];
            return chosen.Count > 0 ? chosen : throw new HubException(HubErrorKind.EntryNotFound, $"{id} has no file that is wanted. It has {HubText.List([.. paths.Order(StringComparer.Ordinal)])}.");
        }
    }

    /// <summary>Brings named files of a repository into the cache. All must exist; otherwise nothing is fetched.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="names">The files' paths in the repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next try.</param>
    /// <returns>The folder and the files; all are there.</returns>
    /// <exception cref="HubException">A name is not safe, a file does not exist, or can't be fetched and is not cached.</exception>
    public Task<HubSnapshot> DownloadFilesAsync(HubRepositoryId id, IReadOnlyCollection<string> names, HubRevision? revision = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
        {
            HubPaths.Checked(name);
        }

        var asked = revision ?? HubRevision.Main;
        return Fetcher.FilesAsync(id, asked, Choose, Choose, cancellation);

        IReadOnlyList<string> Choose(IReadOnlyCollection<string> paths) => names.FirstOrDefault(name => !paths.Contains(name, StringComparer.Ordinal)) is { } missing
            ? throw new HubException(HubErrorKind.EntryNotFound, $"There is no '{HubText.Shown(missing)}' in {id} at revision '{asked}'. The nearest names there are: {HubText.List(NearNames.Find(missing, paths))}.")
            : [.. names.Distinct(StringComparer.Ordinal)];
    }
}
