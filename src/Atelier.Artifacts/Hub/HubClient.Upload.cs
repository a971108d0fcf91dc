using Atelier.Artifacts.Hub.Upload;

namespace Atelier.Artifacts.Hub;

/// <content>Uploads.</content>
public sealed partial class HubClient
{
    /// <summary>Uploads files as one commit. Whatever fails before the commit leaves the repository as it was, and trying again sends only what is missing.</summary>
    /// <param name="request">What goes where.</param>
    /// <param name="cancellation">Ends the upload. During the last call nobody can know any more whether the commit is made.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="HubException">Nothing was committed, or it is not known whether it was; the message says which, why, and what to do.</exception>
    public Task<HubUploadReport> UploadAsync(HubUploadRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Uploader().UploadAsync(request, cancellation);
    }

    /// <summary>Checks that an upload would be let in, before a day of training is spent on it. Nothing is created or changed.</summary>
    /// <param name="id">The repository; without a namespace the one of the token's account is taken.</param>
    /// <param name="check">What the upload will ask for; null for the defaults.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Where it would go.</returns>
    /// <exception cref="HubException">The token is missing, wrong or only reads, the repository is not there and can't be created, or the hub can't be asked.</exception>
    public Task<HubWriteReport> CheckWriteAsync(HubRepositoryId id, HubWriteCheck? check = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Uploader().CheckAsync(id, check ?? new HubWriteCheck(), cancellation);
    }

    private HubUploader Uploader() => new(new HubWriter(Settings, _transport, _reader, _observer, _time));
}
