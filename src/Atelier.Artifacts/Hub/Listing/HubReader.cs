using System.Text.Json;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Listing;

/// <summary>Asks the hub what there is.</summary>
internal sealed class HubReader(HubSettings settings, HubTransport transport)
{
    private const int MaximumEntryCount = 1_000_000;
    private const int MaximumPageCount = 10_000;

    // A petabyte: far above what a repository holds, and whoever adds up sizes stays far below an overflow.
    private const long MaximumByteCount = 1L << 50;

    /// <summary>Reads what the hub says of a model.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The model.</returns>
    public Task<HubModel> ModelAsync(HubRepositoryId id, HubRevision revision, CancellationToken cancellation) => ModelAsync(id, revision, isWrite: false, cancellation);

    /// <summary>Reads what the hub says of a model.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="isWrite">Whether it is asked for a change, so that the token goes along in any case.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The model.</returns>
    public async Task<HubModel> ModelAsync(HubRepositoryId id, HubRevision revision, bool isWrite, CancellationToken cancellation)
    {
        try
        {
            return await AskModelAsync(id, revision, isWrite, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.RevisionNotFound)
        {
            throw await NearNames.ExplainAsync(exception, this, id, revision, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<HubModel> AskModelAsync(HubRepositoryId id, HubRevision revision, bool isWrite, CancellationToken cancellation)
    {
        var target = new HubTarget(id, revision);
        var request = Question(Address($"/api/models/{id}/revision/{revision.Segment}"), target) with { IsWrite = isWrite };
        using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
        using var document = await HubJson.ReadAsync(response, target).ConfigureAwait(false);
        var root = document.RootElement;
        var commit = HubJson.Text(root, "sha");
        if (!HubRevision.IsCommitId(commit))
        {
            throw HubJson.NotHub(response.RequestMessage!.RequestUri!, target, "no commit id");
        }

        var card = HubJson.Child(root, "cardData") ?? default;
        return new HubModel
        {
            Id = HubJson.Text(root, "id") ?? id.ToString(),
            Commit = commit!,
            IsPrivate = HubJson.IsTrue(root, "private"),
            Gate = HubJson.Text(root, "gated") is { } gate ? (gate == "auto" ? HubGate.Automatic : HubGate.Manual) : HubGate.None,
            IsDisabled = HubJson.IsTrue(root, "disabled"),
            LibraryName = HubJson.Text(root, "library_name"),
            PipelineTag = HubJson.Text(root, "pipeline_tag"),
            Tags = Texts(root, "tags"),
            License = Texts(card, "license") is [var license, ..] ? license : null,
            LicenseName = HubJson.Text(card, "license_name"),
            LicenseLink = HubJson.Text(card, "license_link"),
            BaseModels = Texts(card, "base_model"),
        };
    }

    /// <summary>Lists all files and folders, page by page.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries; their names have been checked.</returns>
    public async Task<IReadOnlyList<HubEntry>> TreeAsync(HubRepositoryId id, HubRevision revision, CancellationToken cancellation)
    {
        var target = new HubTarget(id, revision);
        var entries = new List<HubEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = Address($"/api/models/{id}/tree/{revision.Segment}?recursive=true&expand=false");
        while (next is not null)
        {
            if (!seen.Add(next.OriginalString) || seen.Count > MaximumPageCount)
            {
                throw HubJson.NotHub(next, target, "pages without an end");
            }

            using var response = await GetAsync(next, target, cancellation).ConfigureAwait(false);
            using var document = await HubJson.ReadAsync(response, target).ConfigureAwait(false);
            entries.AddRange(Entries(document.RootElement, next, target));
            if (entries.Count > MaximumEntryCount)
            {
                throw new HubException(HubErrorKind.Protocol, $"{id} lists more than {MaximumEntryCount} files; refused.");
            }

            next = NextPage(response, next, target);
        }

        CheckSizes(entries, Address("/"), target);
        if (settings.Token is { } token && entries.Exists(entry => token.Remove(entry.Path) != entry.Path))
        {
            throw new HubException(HubErrorKind.InvalidName, $"{id} lists a name that holds the token from {token.Source}: the repository is refused.");
        }

        try
        {
            HubPaths.CheckAll(entries.Where(entry => !entry.IsFolder).Select(entry => entry.Path));
            entries.FindAll(entry => entry.IsFolder).ForEach(entry => HubPaths.Checked(entry.Path));
            return entries;
        }
        catch (HubException exception)
        {
            throw exception.About(id);
        }
    }

    /// <summary>Asks about some paths.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries of those that exist.</returns>
    public Task<IReadOnlyList<HubEntry>> PathsAsync(HubRepositoryId id, HubRevision revision, IReadOnlyList<string> paths, CancellationToken cancellation)
        => PathsAsync(id, revision, paths, isWrite: false, cancellation);

    /// <summary>Asks about some paths.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="isWrite">Whether it is asked for a change, so that the token goes along in any case.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries of those that exist.</returns>
    public async Task<IReadOnlyList<HubEntry>> PathsAsync(HubRepositoryId id, HubRevision revision, IReadOnlyList<string> paths, bool isWrite, CancellationToken cancellation)
    {
        var target = new HubTarget(id, revision);
        var body = JsonSerializer.SerializeToUtf8Bytes(new { paths, expand = false });
        var address = Address($"/api/models/{id}/paths-info/{revision.Segment}");
        var request = Question(address, target) with { Method = HttpMethod.Post, Body = _ => Json(body), IsWrite = isWrite };
        using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
        using var document = await HubJson.ReadAsync(response, target).ConfigureAwait(false);
        var entries = Entries(document.RootElement, address, target);
        CheckSizes(entries, address, target);
        return entries;
    }

    /// <summary>Lists branches and tags.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="includePullRequests">Whether pull requests are listed too.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The names.</returns>
    public async Task<HubReferences> RefsAsync(HubRepositoryId id, bool includePullRequests, CancellationToken cancellation)
    {
        var target = new HubTarget(id);
        using var response = await GetAsync($"/api/models/{id}/refs{(includePullRequests ? "?include_prs=1" : "")}", target, cancellation).ConfigureAwait(false);
        using var document = await HubJson.ReadAsync(response, target).ConfigureAwait(false);
        var root = document.RootElement;
        return new HubReferences(References(root, "branches"), References(root, "tags"), References(root, "pullRequests"));
    }

    /// <summary>Asks whom the token belongs to.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The account.</returns>
    public async Task<HubAccount> WhoAmIAsync(CancellationToken cancellation)
    {
        if (settings.Token is null)
        {
            throw new HubException(HubErrorKind.InvalidToken, "No token is set: set HF_TOKEN to one from https://huggingface.co/settings/tokens.");
        }

        // The token was meant to be asked about, so it goes along even where it does not for other reading.
        var target = new HubTarget();
        using var response = await transport.SendAsync(Question(Address("/api/whoami-v2"), target) with { IsWrite = true }, cancellation).ConfigureAwait(false);
        using var document = await HubJson.ReadAsync(response, target).ConfigureAwait(false);
        var root = document.RootElement;
        var token = HubJson.Child(HubJson.Child(root, "auth") ?? default, "accessToken") ?? default;
        return new HubAccount(
            Name(root, "name") ?? throw HubJson.NotHub(response.RequestMessage!.RequestUri!, target, "no account's name"),
            Name(token, "role"),
            Name(token, "displayName"),
            [.. HubJson.Items(root, "orgs").Select(item => Name(item, "name")).OfType<string>()])
        {
            ReadOnlyOrganizations = [.. HubJson.Items(root, "orgs").Where(item => HubJson.Text(item, "roleInOrg") == "read").Select(item => Name(item, "name")).OfType<string>()],
        };
    }

    /// <summary>Asks whether the token gives a right, and fails as using the right would.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="isWrite">Whether it is about writing; otherwise about reading files.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the server does not know the question.</returns>
    public async Task<bool> CheckAccessAsync(HubRepositoryId id, bool isWrite, CancellationToken cancellation)
    {
        var target = new HubTarget(id);
        var request = Question(Address($"/api/models/{id}/auth-check{(isWrite ? "/write" : "")}"), target) with { IsWrite = isWrite };
        try
        {
            using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (HubException exception) when (exception is { Kind: HubErrorKind.Protocol, Status: System.Net.HttpStatusCode.NotFound })
        {
            return false;
        }
    }

    /// <summary>Makes a body of JSON.</summary>
    /// <param name="body">The bytes.</param>
    /// <returns>The body.</returns>
    public static ByteArrayContent Json(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return content;
    }

    /// <summary>Makes an address on the hub.</summary>
    /// <param name="path">Path and query, encoded.</param>
    /// <returns>The address.</returns>
    public Uri Address(string path) => HubAddress.Exact(settings.Endpoint + path) ?? throw new HubException(HubErrorKind.InvalidSetting, "HF_ENDPOINT is not the address of a hub.");

    /// <summary>Makes a question with the usual arguments.</summary>
    /// <param name="address">The address.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>The request.</returns>
    public HubRequest Question(Uri address, HubTarget target) => new() { Address = address, Timeout = settings.MetadataTimeout, Target = target };

    private Task<HttpResponseMessage> GetAsync(string path, HubTarget target, CancellationToken cancellation) => GetAsync(Address(path), target, cancellation);

    private Task<HttpResponseMessage> GetAsync(Uri address, HubTarget target, CancellationToken cancellation) => transport.SendAsync(Question(address, target), cancellation);

    private Uri? NextPage(HttpResponseMessage response, Uri current, HubTarget target)
    {
        if (!response.Headers.NonValidated.TryGetValues("Link", out var values) || LinkHeader.Next(values) is not { } text)
        {
            return null;
        }

        var next = HubAddress.Follow(response.RequestMessage!.RequestUri!, HubAddress.Rewritten(settings.Endpoint, text));
        return next is not null && (HubAddress.Origin(next) == HubAddress.Origin(response.RequestMessage.RequestUri!) || HubAddress.Origin(next) == HubAddress.Origin(Address("/")))
            ? next
            : throw HubJson.NotHub(current, target, "a next page on another server");
    }

    private static List<HubEntry> Entries(JsonElement list, Uri address, HubTarget target)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw HubJson.NotHub(address, target, "something that is no list of files");
        }

        return [.. list.EnumerateArray().Select(item => Entry(item) ?? throw HubJson.NotHub(address, target, "a file without path, size or hash"))];
    }

    private static void CheckSizes(List<HubEntry> entries, Uri address, HubTarget target)
    {
        if (entries.Sum(entry => (double)entry.ByteCount) > MaximumByteCount)
        {
            throw HubJson.NotHub(address, target, "sizes that no repository has");
        }
    }

    private static HubEntry? Entry(JsonElement item)
    {
        var isFolder = HubJson.Text(item, "type") == "directory";
        if (HubJson.Text(item, "path") is not { } path || (HubJson.Number(item, "size") ?? (isFolder ? 0 : null)) is not { } size || (HubJson.Text(item, "oid") ?? (isFolder ? "" : null)) is not { } blob)
        {
            return null;
        }

        if (isFolder)
        {
            return new HubEntry(path, isFolder, size, blob);
        }

        if (HubJson.Child(item, "lfs") is not { } lfs)
        {
            return ContentHash.IsGitId(blob) ? new HubEntry(path, isFolder, size, blob) : null;
        }

        return HubJson.Text(lfs, "oid") is { } sha && ContentHash.IsSha256(sha)
            ? new HubEntry(path, isFolder, HubJson.Number(lfs, "size") ?? size, blob) { LfsSha256 = sha, XetHash = HubJson.Text(item, "xetHash") }
            : null;
    }

    // Names of accounts are shown to people, and nothing else is done with them but to compare them.
    private string? Name(JsonElement element, string name) => HubJson.Text(element, name) is { } text ? HubText.Shown(text, settings.Token) : null;

    private static IReadOnlyList<HubReference> References(JsonElement root, string name)
        => [.. HubJson.Items(root, name).Select(item => new HubReference(HubJson.Text(item, "name") ?? "", HubJson.Text(item, "ref") ?? "", HubJson.Text(item, "targetCommit") ?? ""))];

    // A card may give one text or a list of them.
    private static IReadOnlyList<string> Texts(JsonElement element, string name)
        => HubJson.Text(element, name) is { } one ? [one] : [.. HubJson.Items(element, name).Select(HubJson.Text).OfType<string>()];
}
