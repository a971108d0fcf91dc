using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>
/// Makes the commit, once. When the answer is lost nobody knows whether it happened, so the repository is asked before anything is repeated; a pull request is never repeated, because each try would open another.
/// </summary>
/// <param name="writer">Sends the calls.</param>
/// <param name="target">The repository and branch.</param>
/// <param name="head">The branch's head, which the commit is made on.</param>
internal sealed class CommitCall(HubWriter writer, HubTarget target, string head)
{
    private const int LookCount = 3;
    private const int PathsInOneCall = 500;

    private HubRepositoryId Repository => target.Repository!;

    /// <summary>Makes the commit.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="items">The paths that the commit adds or changes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The commit.</returns>
    /// <exception cref="HubException">It was refused, somebody else pushed, or nobody knows whether it happened.</exception>
    public async Task<CommitAnswer> SendAsync(HubUploadRequest request, IReadOnlyList<UploadItem> items, CancellationToken cancellation)
    {
        for (var isRepeated = false; ; isRepeated = true)
        {
            try
            {
                return await PostAsync(request, items, cancellation).ConfigureAwait(false);
            }
            catch (HubException exception) when (IsLost(exception) && request.OpensPullRequest)
            {
                throw exception.With($"The pull request may have been opened all the same: look at {writer.Settings.Endpoint}/{Repository}/discussions before you try again.");
            }
            catch (HubException exception) when (IsLost(exception))
            {
                if (await FindAsync(exception, items, cancellation).ConfigureAwait(false) is { } made)
                {
                    return made;
                }

                if (isRepeated)
                {
                    throw exception.With("The commit does not show on the hub, so nothing was changed. Trying again does no harm.");
                }
            }
            catch (HubException exception) when (isRepeated && exception.Kind == HubErrorKind.Conflict)
            {
                // The first try has happened after all, or somebody else was faster.
                if (await FindAsync(exception, items, cancellation).ConfigureAwait(false) is { } made)
                {
                    return made;
                }

                throw;
            }
        }
    }

    // A page of a proxy in place of an answer says as little as no answer.
    private static bool IsLost(HubException exception) => exception.Kind is HubErrorKind.Network or HubErrorKind.Unavailable || exception is { Kind: HubErrorKind.Protocol, Status: null };

    private async Task<CommitAnswer> PostAsync(HubUploadRequest request, IReadOnlyList<UploadItem> items, CancellationToken cancellation)
    {
        var header = new { summary = request.Summary, description = request.Description, parentCommit = head };
        var address = writer.Reader.Address($"/api/models/{Repository}/commit/{target.Revision!.Segment}{(request.OpensPullRequest ? "?create_pr=1" : "")}");
        var call = writer.Question(address, target) with
        {
            Method = HttpMethod.Post,
            Body = timer => new CommitContent(header, items, timer),
            Retries = HubRetries.OnlyWhenRefused,
        };
        using var answer = await writer.AskAsync(call, cancellation).ConfigureAwait(false);
        var commit = HubJson.Text(answer.RootElement, "commitOid");
        return HubRevision.IsCommitId(commit)
            ? new CommitAnswer(commit!, writer.Shown(HubJson.Text(answer.RootElement, "commitUrl")), writer.Shown(HubJson.Text(answer.RootElement, "pullRequestUrl")))
            : throw HubJson.NotHub(address, target, "no commit id");
    }

    // Null: the branch is where it was.
    private async Task<CommitAnswer?> FindAsync(HubException lost, IReadOnlyList<UploadItem> items, CancellationToken cancellation)
    {
        try
        {
            for (var look = 0; look < LookCount; look++)
            {
                if (look > 0)
                {
                    await writer.WaitAsync($"the hub did not answer the commit to {Repository}; looking whether it was made", look - 1, cancellation).ConfigureAwait(false);
                }

                var present = (await writer.Reader.ModelAsync(Repository, target.Revision!, isWrite: true, cancellation).ConfigureAwait(false)).Commit;
                if (present != head)
                {
                    return await HoldsAllAsync(present, items, cancellation).ConfigureAwait(false)
                        ? new CommitAnswer(present, $"{writer.Settings.Endpoint}/{Repository}/commit/{present}", PullRequestUrl: null)
                        : throw new HubException(HubErrorKind.Conflict, $"Somebody else has pushed to {Repository} at the same time; nothing of this upload was committed. Try again.", lost) { RequestId = lost.RequestId };
                }
            }

            return null;
        }
        catch (HubException exception) when (exception.Kind != HubErrorKind.Conflict)
        {
            throw lost.With($"Whether the commit was made is not known: look at {writer.Settings.Endpoint}/{Repository}/commits/{target.Revision!.Segment}. Trying again does no harm: what is there already is left out.");
        }
    }

    private async Task<bool> HoldsAllAsync(string commit, IReadOnlyList<UploadItem> items, CancellationToken cancellation)
    {
        foreach (var part in items.Chunk(PathsInOneCall))
        {
            var entries = await writer.Reader.PathsAsync(Repository, HubRevision.Parse(commit), [.. part.Select(item => item.Path)], isWrite: true, cancellation).ConfigureAwait(false);
            var present = entries.Where(entry => !entry.IsFolder).ToDictionary(entry => entry.Path, entry => entry.ContentId, StringComparer.Ordinal);
            if (!Array.TrueForAll(part, item => present.GetValueOrDefault(item.Path) == item.ContentId))
            {
                return false;
            }
        }

        return true;
    }
}
