using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>
/// Uploads files as one commit: everything is checked and stored first, and becomes visible with the last call only. Whatever fails before leaves the repository as it was.
/// </summary>
internal sealed class HubUploader(HubWriter writer)
{
    private readonly RepositoryAccess _access = new(writer);

    /// <summary>Uploads.</summary>
    /// <param name="request">What goes where.</param>
    /// <param name="cancellation">Ends the upload.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="HubException">Nothing was committed, for the reason that the message gives.</exception>
    public async Task<HubUploadReport> UploadAsync(HubUploadRequest request, CancellationToken cancellation)
    {
        Check(request);
        var files = LocalFiles.Collect(request);
        _access.RequireToken();
        var asked = await _access.CompleteAsync(request.Repository, cancellation).ConfigureAwait(false);
        await new CardCheck(writer).CheckAsync(files, new HubTarget(asked), cancellation).ConfigureAwait(false);
        if (request.CreatesRepository)
        {
            await _access.CreateAsync(asked, request.IsPrivate, cancellation).ConfigureAwait(false);
        }

        if (!request.OpensPullRequest)
        {
            await _access.RequireWriteAsync(asked, cancellation).ConfigureAwait(false);
        }

        var model = await _access.HeadAsync(asked, request.Revision, request.IsPrivate, cancellation).ConfigureAwait(false);
        if (request.ParentCommit is { } parent && parent != model.Commit)
        {
            throw new HubException(HubErrorKind.Conflict, $"Somebody else has pushed to {asked} since this upload was prepared; nothing of it was written. Try again.");
        }

        // After a renaming the hub answers under the old name with redirects; the new one needs none.
        var target = new HubTarget(HubRepositoryId.TryParse(model.Id, out var present) ? present : asked, request.Revision);
        var judged = await new Preupload(writer).AskAsync(files, target, request.OpensPullRequest, cancellation).ConfigureAwait(false);
        var items = await FileHasher.HashAsync(judged, writer.Observer, cancellation).ConfigureAwait(false);
        var report = Report(items, target.Repository!, model.Commit);
        if (!report.HasCommit)
        {
            return report;
        }

        var sent = items.Where(item => item.IsSent).ToList();
        writer.Observer.TransferPlanned(sent.Count, sent.Sum(item => item.Source.ByteCount));
        await StoreAsync(LfsObject.Of(sent), target, request.OpensPullRequest, cancellation).ConfigureAwait(false);
        var commit = await CommitAsync(request, sent, target, model.Commit, cancellation).ConfigureAwait(false);
        return report with { Commit = commit.Commit, CommitUrl = commit.Url, PullRequestUrl = commit.PullRequestUrl };
    }

    /// <summary>Checks, without changing anything, that an upload would be let in.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="options">What the upload will ask for.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Where it would go.</returns>
    /// <exception cref="HubException">It would not be let in.</exception>
    public async Task<HubWriteReport> CheckAsync(HubRepositoryId id, HubWriteCheck options, CancellationToken cancellation)
    {
        _access.RequireToken();
        var asked = await _access.CompleteAsync(id, cancellation).ConfigureAwait(false);
        try
        {
            await _access.HeadAsync(asked, options.Revision, options.IsPrivate, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.RepositoryNotFound && options.CreatesRepository)
        {
            await UnlessUnansweredAsync(_access.RequireNamespaceAsync(asked, cancellation)).ConfigureAwait(false);
            return new HubWriteReport(asked, Exists: false);
        }

        if (options.OpensPullRequest || !await _access.RequireWriteAsync(asked, cancellation).ConfigureAwait(false))
        {
            await UnlessUnansweredAsync(_access.RequireWritingRoleAsync(cancellation)).ConfigureAwait(false);
        }

        return new HubWriteReport(asked, Exists: true);
    }

    // Whose the token is may be asked only seldom, and not every server knows it: then the upload itself finds out.
    private static async Task UnlessUnansweredAsync(Task check)
    {
        try
        {
            await check.ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind is not (HubErrorKind.Forbidden or HubErrorKind.InvalidToken))
        {
        }
    }

    private static void Check(HubUploadRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Summary))
        {
            throw new HubException(HubErrorKind.InvalidSetting, "The commit's summary is empty.");
        }

        if (request.Revision.IsCommit)
        {
            throw new HubException(HubErrorKind.InvalidName, $"'{request.Revision}' is a commit, which can't be changed: name a branch.");
        }

        if (request.OpensPullRequest && request.Revision != HubRevision.Main)
        {
            throw new HubException(HubErrorKind.InvalidSetting, $"A pull request is made against 'main', not against '{HubText.Shown(request.Revision.Text, 100)}'.");
        }
    }

    private HubUploadReport Report(IReadOnlyList<UploadItem> items, HubRepositoryId repository, string head) => new(repository, head)
    {
        RepositoryUrl = $"{writer.Settings.Endpoint}/{repository}",
        Uploaded = [.. items.Where(item => item.IsSent).Select(item => item.Path)],
        Unchanged = [.. items.Where(item => !item.IsIgnored && item.IsUnchanged).Select(item => item.Path)],
        Ignored = [.. items.Where(item => item.IsIgnored).Select(item => item.Path)],
    };

    private async Task StoreAsync(IReadOnlyList<LfsObject> contents, HubTarget target, bool asPullRequest, CancellationToken cancellation)
    {
        var batch = new LfsBatch(writer, target, namesBranch: !asPullRequest);
        using var upload = new LfsUpload(writer, batch, target);
        var options = new ParallelOptions { MaxDegreeOfParallelism = LfsUpload.ParallelCount, CancellationToken = cancellation };
        foreach (var part in contents.Chunk(LfsBatch.MaximumCount))
        {
            var actions = await batch.AskAsync(part, cancellation).ConfigureAwait(false);
            await Parallel.ForAsync(0, part.Length, options, async (index, stop) => await upload.SendAsync(part[index], actions[index], stop).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private async Task<CommitAnswer> CommitAsync(HubUploadRequest request, IReadOnlyList<UploadItem> items, HubTarget target, string head, CancellationToken cancellation)
    {
        var small = items.Where(item => !item.IsLarge).ToList();
        small.ForEach(item => writer.Observer.FileStarted(item.Path, item.Source.ByteCount, 0));
        var commit = await new CommitCall(writer, target, head).SendAsync(request, items, cancellation).ConfigureAwait(false);
        foreach (var item in small)
        {
            writer.Observer.FileAdvanced(item.Path, item.Source.ByteCount);
            writer.Observer.FileFinished(item.Path);
        }

        return commit;
    }
}
