using System.Net;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Sends contents to storage, in one piece or in parts, and makes sure that they arrived. The token never goes there.</summary>
/// <param name="writer">Sends the requests.</param>
/// <param name="batch">Gives addresses again.</param>
/// <param name="target">The repository and branch.</param>
internal sealed class LfsUpload(HubWriter writer, LfsBatch batch, HubTarget target) : IDisposable
{
    /// <summary>How many pieces are on their way at once.</summary>
    public const int ParallelCount = 4;

    private const int MaximumRenewalCount = 3;
    private const int MaximumCompletionCount = 3;

    private readonly SemaphoreSlim _places = new(ParallelCount);

    /// <summary>Sends one content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="actions">What the hub said about it.</param>
    /// <param name="cancellation">Ends the transfer.</param>
    /// <returns>A task that ends when the content is stored and verified.</returns>
    /// <exception cref="HubException">It could not be stored.</exception>
    public async Task SendAsync(LfsObject content, LfsActions actions, CancellationToken cancellation)
    {
        var about = target with { Path = content.Paths[0] };
        foreach (var path in content.Paths)
        {
            writer.Observer.FileStarted(path, content.ByteCount, 0);
        }

        var verify = actions.Verify;
        for (var renewal = 0; actions.Upload is not null; renewal++)
        {
            var progress = new FileProgress(writer.Observer, content.Paths[0]);
            try
            {
                await SendOnceAsync(content, actions, about, progress, cancellation).ConfigureAwait(false);
                break;
            }
            catch (HubException exception) when (renewal < MaximumRenewals(exception))
            {
                actions = await batch.AskAsync(content, cancellation).ConfigureAwait(false);
                verify = actions.Verify ?? verify;
            }
        }

        if (verify is not null)
        {
            await writer.SendAsync(writer.PostLfs(verify, new { oid = content.Id, size = content.ByteCount }, about), cancellation).ConfigureAwait(false);
        }

        foreach (var path in content.Paths)
        {
            writer.Observer.FileAdvanced(path, content.ByteCount);
            writer.Observer.FileFinished(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    // An address may be bad in more ways than by its age: one that stays unreachable is asked for once more.
    private static int MaximumRenewals(HubException exception) => exception switch
    {
        { Kind: HubErrorKind.Expired } or { Status: HttpStatusCode.Forbidden } => MaximumRenewalCount,
        { Kind: HubErrorKind.Network or HubErrorKind.Unavailable } => 1,
        _ => 0,
    };

    private async Task SendOnceAsync(LfsObject content, LfsActions actions, HubTarget about, FileProgress progress, CancellationToken cancellation)
    {
        if (actions.PartByteCount == 0)
        {
            await PutAsync(content, actions.Upload!, 0, content.ByteCount, progress, about, cancellation).ConfigureAwait(false);
            return;
        }

        var etags = new string[actions.Parts.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelCount, CancellationToken = cancellation };
        await Parallel.ForAsync(0, etags.Length, options, async (index, stop) =>
        {
            var start = index * actions.PartByteCount;
            var byteCount = Math.Min(actions.PartByteCount, content.ByteCount - start);
            etags[index] = await PutAsync(content, actions.Parts[index], start, byteCount, progress, about, stop).ConfigureAwait(false)
                ?? throw HubJson.NotHub(actions.Parts[index], about, $"no ETag of part {index + 1}");
        }).ConfigureAwait(false);
        await CompleteAsync(content, actions.Upload!, etags, about, cancellation).ConfigureAwait(false);
    }

    private async Task<string?> PutAsync(LfsObject content, Uri address, long start, long byteCount, FileProgress progress, HubTarget about, CancellationToken cancellation)
    {
        var request = writer.Question(address, about) with
        {
            Method = HttpMethod.Put,
            Timeout = writer.Settings.UploadTimeout,
            Body = timer => new SliceContent(content.Source, start, byteCount, timer, progress),
            Redirects = HubRedirects.Follow,
            SendsToken = false,
        };
        await _places.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await writer.SendForHeaderAsync(request, "ETag", cancellation).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    // Not repeated blindly: when only the answer was lost, the parts are gone and a repetition would be refused.
    private async Task CompleteAsync(LfsObject content, Uri address, string[] etags, HubTarget about, CancellationToken cancellation)
    {
        var parts = etags.Select((etag, index) => new { partNumber = index + 1, etag }).ToList();
        var request = writer.PostLfs(address, new { oid = content.Id, parts }, about) with { Redirects = HubRedirects.Follow, SendsToken = false, Retries = HubRetries.OnlyWhenRefused };
        for (var tries = 1; ; tries++)
        {
            try
            {
                await writer.SendAsync(request, cancellation).ConfigureAwait(false);
                return;
            }
            catch (HubException exception) when (exception.Kind is HubErrorKind.Network or HubErrorKind.Unavailable || tries > 1)
            {
                var present = await batch.AskAsync(content, cancellation).ConfigureAwait(false);
                if (present.Upload is null)
                {
                    return;
                }

                if (exception.Kind is not (HubErrorKind.Network or HubErrorKind.Unavailable))
                {
                    // The parts were given up before they became a whole: they are sent again, to other addresses.
                    throw new HubException(HubErrorKind.Expired, exception.Message, exception) { Status = exception.Status, RequestId = exception.RequestId };
                }

                if (tries == MaximumCompletionCount)
                {
                    throw;
                }
            }

            await writer.WaitAsync($"storage did not confirm {about}; trying again", tries - 1, cancellation).ConfigureAwait(false);
        }
    }
}
