using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Talks to the Hugging Face hub, or to a mirror of it: lists, downloads into the cache that is shared with Python, uploads.
/// </summary>
/// <remarks>The token goes to the origin of <see cref="HubSettings.Endpoint"/> and nowhere else. All methods may be called at once.</remarks>
public sealed partial class HubClient : IDisposable
{
    private readonly IHubObserver _observer;
    private readonly TimeProvider _time;
    private readonly HubTransport _transport;
    private readonly HubReader _reader;

    /// <summary>Creates a client. Nothing is asked yet.</summary>
    /// <param name="settings">How the hub is reached.</param>
    /// <param name="observer">Hears of progress, warnings and waits, or null.</param>
    /// <param name="time">Measures the waits between tries; null means the system's clock.</param>
    public HubClient(HubSettings settings, IHubObserver? observer = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        _observer = observer ?? SilentObserver.Instance;
        _time = time ?? TimeProvider.System;
        _transport = new HubTransport(settings, _observer, _time);
        _reader = new HubReader(settings, _transport);
        var endpoint = new Uri(settings.Endpoint);
        if (settings.Token is not null && endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback)
        {
            _observer.Warn($"HF_ENDPOINT is {HubAddress.Shown(endpoint)}: the token crosses the network unencrypted. Use https.");
        }
    }

    /// <summary>Gives the settings that the client works by.</summary>
    public HubSettings Settings { get; }

    /// <summary>Asks what the hub says of a model.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The model, with the commit that the revision means now.</returns>
    /// <exception cref="HubException">It is not there, or the hub can't be asked.</exception>
    public Task<HubModel> ModelAsync(HubRepositoryId id, HubRevision? revision = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _reader.ModelAsync(id, revision ?? HubRevision.Main, cancellation);
    }

    /// <summary>Lists all files and folders of a repository.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries. Every name has been checked: one bad name refuses the repository.</returns>
    /// <exception cref="HubException">It is not there, lists a name that is not safe, or the hub can't be asked.</exception>
    public Task<IReadOnlyList<HubEntry>> TreeAsync(HubRepositoryId id, HubRevision? revision = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _reader.TreeAsync(id, revision ?? HubRevision.Main, cancellation);
    }

    /// <summary>Asks about some paths.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The revision; null means <c>main</c>.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries of those that exist; the others are left out.</returns>
    /// <exception cref="HubException">The repository is not there, or the hub can't be asked.</exception>
    public Task<IReadOnlyList<HubEntry>> PathsAsync(HubRepositoryId id, HubRevision? revision, IReadOnlyList<string> paths, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(paths);
        return _reader.PathsAsync(id, revision ?? HubRevision.Main, paths, cancellation);
    }

    /// <summary>Lists branches and tags.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="includePullRequests">Whether pull requests are listed too.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The names.</returns>
    /// <exception cref="HubException">The repository is not there, or the hub can't be asked.</exception>
    public Task<HubReferences> RefsAsync(HubRepositoryId id, bool includePullRequests = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _reader.RefsAsync(id, includePullRequests, cancellation);
    }

    /// <summary>Asks whom the token belongs to. The hub limits this question strictly.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The account.</returns>
    /// <exception cref="HubException">There is no token or a wrong one, or the hub can't be asked.</exception>
    public Task<HubAccount> WhoAmIAsync(CancellationToken cancellation = default) => _reader.WhoAmIAsync(cancellation);

    /// <summary>Asks whether the token gives a right to a repository.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="isWrite">Whether it is about writing; otherwise about reading its files.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>True when it does; false when the server does not know this question.</returns>
    /// <exception cref="HubException">It does not, for the reason that the message gives; or the hub can't be asked.</exception>
    public Task<bool> CheckAccessAsync(HubRepositoryId id, bool isWrite, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _reader.CheckAccessAsync(id, isWrite, cancellation);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _transport.Dispose();
}
