using System.Text;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Asks the hub what it makes of each path: kept in the repository or outside it, ignored, there already.</summary>
internal sealed class Preupload(HubWriter writer)
{
    private const int MaximumCount = 256;
    private const string IgnorePath = ".gitignore";
    private const int MaximumIgnoreByteCount = 1_000_000;

    /// <summary>Asks.</summary>
    /// <param name="items">The items.</param>
    /// <param name="target">The repository and branch.</param>
    /// <param name="asPullRequest">Whether they become a pull request.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The items with the hub's answers, in the same order.</returns>
    /// <exception cref="HubException">The hub refuses, or does not answer for each path.</exception>
    public async Task<IReadOnlyList<UploadItem>> AskAsync(IReadOnlyList<UploadItem> items, HubTarget target, bool asPullRequest, CancellationToken cancellation)
    {
        var ignored = await IgnoreTextAsync(items, cancellation).ConfigureAwait(false);
        var answered = new List<UploadItem>();
        foreach (var part in items.Chunk(MaximumCount))
        {
            answered.AddRange(await AskPartAsync(part, ignored, target, asPullRequest, cancellation).ConfigureAwait(false));
        }

        return answered;
    }

    private async Task<List<UploadItem>> AskPartAsync(UploadItem[] items, string? ignored, HubTarget target, bool asPullRequest, CancellationToken cancellation)
    {
        var files = new List<object>();
        foreach (var item in items)
        {
            var sample = await FileHasher.SampleAsync(item.Source, cancellation).ConfigureAwait(false);
            files.Add(new { path = item.Path, size = item.Source.ByteCount, sample = Convert.ToBase64String(sample) });
        }

        var body = new Dictionary<string, object>(StringComparer.Ordinal) { ["files"] = files };
        if (ignored is not null)
        {
            body["gitIgnore"] = ignored;
        }

        var request = writer.Post($"/api/models/{target.Repository}/preupload/{target.Revision!.Segment}{(asPullRequest ? "?create_pr=1" : "")}", body, target);
        using var answer = await writer.AskAsync(request, cancellation).ConfigureAwait(false);
        var answers = new Dictionary<string, UploadItem>(StringComparer.Ordinal);
        foreach (var file in HubJson.Items(answer.RootElement, "files"))
        {
            if (HubJson.Text(file, "path") is { } path && Array.Find(items, item => item.Path == path) is { } item)
            {
                answers[path] = item with
                {
                    // Storage refuses empty objects, whatever the hub would like.
                    IsLarge = item.Source.ByteCount > 0 && IsLarge(HubJson.Text(file, "uploadMode"), request, path),
                    IsIgnored = HubJson.IsTrue(file, "shouldIgnore"),
                    PresentId = HubJson.Text(file, "oid"),
                };
            }
        }

        return [.. items.Select(item => answers.GetValueOrDefault(item.Path) ?? throw HubJson.NotHub(request.Address, target, $"nothing about '{HubText.Shown(item.Path, 100)}'"))];
    }

    private static bool IsLarge(string? mode, HubRequest request, string path) => mode switch
    {
        "lfs" => true,
        "regular" => false,
        _ => throw HubJson.NotHub(request.Address, request.Target with { Path = path }, "no known way of uploading it"),
    };

    private static async Task<string?> IgnoreTextAsync(IReadOnlyList<UploadItem> items, CancellationToken cancellation)
        => items.FirstOrDefault(item => item.Path == IgnorePath) is { Source.ByteCount: <= MaximumIgnoreByteCount } item
            ? Encoding.UTF8.GetString(await item.Source.ReadAsync(cancellation).ConfigureAwait(false))
            : null;
}
