using System.Text.Json;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Asks the hub where contents go that are kept outside the repository.</summary>
/// <param name="writer">Sends the call.</param>
/// <param name="target">The repository and branch.</param>
/// <param name="namesBranch">Whether the branch is named in the call, as it is unless the upload becomes a pull request.</param>
internal sealed class LfsBatch(HubWriter writer, HubTarget target, bool namesBranch)
{
    /// <summary>The most contents in one call.</summary>
    public const int MaximumCount = 100;

    private const int MaximumBusyCount = 5;

    private static readonly string[] Offered = ["basic", "multipart"];

    /// <summary>Asks about one content again, after its addresses have expired or an answer was lost.</summary>
    /// <param name="content">The content.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What to do with it.</returns>
    public async Task<LfsActions> AskAsync(LfsObject content, CancellationToken cancellation)
        => (await AskAsync([content], cancellation).ConfigureAwait(false))[0];

    /// <summary>Asks.</summary>
    /// <param name="contents">The contents, at most <see cref="MaximumCount"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What to do with each, in the same order.</returns>
    /// <exception cref="HubException">The hub refuses the call, or some of the contents; then the message names all of them.</exception>
    public async Task<IReadOnlyList<LfsActions>> AskAsync(IReadOnlyList<LfsObject> contents, CancellationToken cancellation)
    {
        for (var busy = 0; ; busy++)
        {
            try
            {
                return await AskOnceAsync(contents, cancellation).ConfigureAwait(false);
            }
            catch (HubException exception) when (exception is { Kind: HubErrorKind.Unavailable, Status: null } && busy < MaximumBusyCount)
            {
                // The call went well, and says of single contents that they can't be taken now.
                await writer.WaitAsync($"{exception.Message} Trying again", busy, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task<IReadOnlyList<LfsActions>> AskOnceAsync(IReadOnlyList<LfsObject> contents, CancellationToken cancellation)
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["operation"] = "upload",
            ["transfers"] = Offered,
            ["hash_algo"] = "sha256",
            ["objects"] = contents.Select(content => new { oid = content.Id, size = content.ByteCount }).ToList(),
        };
        if (namesBranch)
        {
            body["ref"] = new { name = target.Revision!.Text };
        }

        var request = writer.PostLfs(writer.Reader.Address($"/{target.Repository}.git/info/lfs/objects/batch"), body, target);
        using var answer = await writer.AskAsync(request, cancellation).ConfigureAwait(false);
        var root = answer.RootElement;
        if (HubJson.Text(root, "transfer") is { } transfer && !Offered.Contains(transfer, StringComparer.Ordinal))
        {
            throw HubJson.NotHub(request.Address, target, $"the transfer '{HubText.Shown(transfer, writer.Settings.Token, 40)}', which was not offered");
        }

        var answers = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var item in HubJson.Items(root, "objects"))
        {
            answers[HubJson.Text(item, "oid") ?? ""] = item;
        }

        CheckErrors(contents, answers);
        return [.. contents.Select(content => answers.TryGetValue(content.Id, out var item)
            ? LfsActions.Read(item, content, writer, target with { Path = content.Paths[0] })
            : throw HubJson.NotHub(request.Address, target with { Path = content.Paths[0] }, "nothing about it"))];
    }

    private void CheckErrors(IReadOnlyList<LfsObject> contents, Dictionary<string, JsonElement> answers)
    {
        var errors = contents.Where(content => answers.TryGetValue(content.Id, out var item) && HubJson.Child(item, "error") is not null)
            .Select(content => (Content: content, Error: HubJson.Child(answers[content.Id], "error")!.Value)).ToList();
        if (errors.Count == 0)
        {
            return;
        }

        var texts = errors.ConvertAll(error => $"'{HubText.Shown(error.Content.Paths[0], 200)}': {HubText.Shown(HubJson.Text(error.Error, "message") ?? "no reason given", writer.Settings.Token).TrimEnd('.')} ({HubJson.Number(error.Error, "code") ?? 0})");
        var isPassing = errors.TrueForAll(error => HubJson.Number(error.Error, "code") is 408 or 429 or >= 500);
        throw new HubException(
            isPassing ? HubErrorKind.Unavailable : HubErrorKind.Refused,
            $"The hub refuses {(errors.Count == 1 ? "a file" : $"{errors.Count} files")} for {target.Repository}: {string.Join("; ", texts.Take(10))}. Nothing was committed.");
    }
}
