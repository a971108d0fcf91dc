using System.Globalization;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>Asks what a file is, without its bytes.</summary>
internal sealed class FileQuery(HubTransport transport, HubReader reader)
{
    /// <summary>Gives the address of a file.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file's path.</param>
    /// <returns>The address.</returns>
    public Uri Address(HubRepositoryId id, HubRevision revision, string path) => reader.Address($"/{id}/resolve/{revision.Segment}/{HubAddress.Path(path)}");

    /// <summary>Asks for a file's commit, content and size.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="path">The file's path, checked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What it is.</returns>
    /// <exception cref="HubException">It is not there, or the answer is not that of a hub.</exception>
    public async Task<FileMetadata> AskAsync(HubRepositoryId id, HubRevision revision, string path, CancellationToken cancellation)
    {
        var target = new HubTarget(id, revision, path);
        var address = Address(id, revision, path);
        var request = reader.Question(address, target) with { Method = HttpMethod.Head, Redirects = HubRedirects.StopAtStorage };
        using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);

        var commit = HubWaits.Header(response.Headers, "X-Repo-Commit")?.Trim();
        if (!HubRevision.IsCommitId(commit) || (revision.IsCommit && commit != revision.Text))
        {
            throw HubJson.NotHub(address, target, "no commit id, or another one than was asked for");
        }

        var contentId = ContentId(HubWaits.Header(response.Headers, "X-Linked-Etag") ?? HubWaits.Header(response.Headers, "ETag"));
        if (!ContentHash.IsId(contentId))
        {
            throw HubJson.NotHub(address, target, "no hash of the file");
        }

        var size = Size(response) ?? await ListedSizeAsync(id, HubRevision.Parse(commit), path, cancellation).ConfigureAwait(false);
        return new FileMetadata(commit!, contentId!, size ?? throw HubJson.NotHub(address, target, "no size of the file"));
    }

    /// <summary>Takes the id out of an etag, in whichever form it is written.</summary>
    /// <param name="etag">The header.</param>
    /// <returns>What is between the quotes.</returns>
    internal static string? ContentId(string? etag)
    {
        var text = etag?.Trim();
        if (text?.StartsWith("W/", StringComparison.Ordinal) == true)
        {
            text = text[2..];
        }

        return text?.Trim('"');
    }

    // A redirect's own length is that of its text, and a compressed answer's that of the compressed bytes.
    private static long? Size(HttpResponseMessage response)
    {
        var linked = HubWaits.Header(response.Headers, "X-Linked-Size");
        var text = linked is null && response.IsSuccessStatusCode && !response.Content.Headers.NonValidated.Contains("Content-Encoding")
            ? HubWaits.Header(response.Content.Headers, "Content-Length")
            : linked;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
    }

    private async Task<long?> ListedSizeAsync(HubRepositoryId id, HubRevision revision, string path, CancellationToken cancellation)
    {
        var entries = await reader.PathsAsync(id, revision, [path], cancellation).ConfigureAwait(false);
        return entries.FirstOrDefault(entry => entry.Path == path && !entry.IsFolder)?.ByteCount;
    }
}
