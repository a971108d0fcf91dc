using System.Net;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Says why something with the hub did not succeed. The message is one line for the user: what was asked, what the server said, and what to do; it never holds a token or a signed address.
/// </summary>
public sealed class HubException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">The line for the user.</param>
    /// <param name="innerException">What caused it, or null.</param>
    public HubException(HubErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Gives what went wrong.</summary>
    public HubErrorKind Kind { get; }

    /// <summary>Gives the hub's name for the failed request, which its operators can look up, or null.</summary>
    /// <value>Default: null.</value>
    public string? RequestId { get; init; }

    /// <summary>Gives the status of the hub's answer, or null when there was none.</summary>
    /// <value>Default: null.</value>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Gives what the server itself said, in one line, or null.</summary>
    /// <value>Default: null.</value>
    public string? ServerMessage { get; init; }

    /// <summary>Gives the commit that an answer "no such file" is about, or null.</summary>
    /// <value>Default: null.</value>
    public string? Commit { get; init; }

    /// <summary>Says whether the request itself was wrong, so that it fails again until it is changed (exit code 2); otherwise it may succeed another time (exit code 1).</summary>
    public bool IsRequestFault => Kind <= HubErrorKind.Offline;

    /// <summary>Says whether this may be answered from the cache: the hub can't be reached or does not serve, but it did not refuse.</summary>
    internal bool AllowsCached => Kind is HubErrorKind.Network or HubErrorKind.Unavailable or HubErrorKind.RateLimited;

    /// <summary>Makes the same exception with more to say.</summary>
    /// <param name="addition">A sentence to add.</param>
    /// <returns>The exception.</returns>
    public HubException With(string addition) => new($"{Message} {addition}", this);

    /// <summary>Makes the same exception with the repository's name, where it does not say it yet.</summary>
    /// <param name="id">The repository.</param>
    /// <returns>The exception.</returns>
    internal HubException About(HubRepositoryId id) => Message.Contains(id.ToString(), StringComparison.Ordinal) ? this : new($"{id}: {Message}", this);

    private HubException(string message, HubException original)
        : base(message, original.InnerException)
    {
        Kind = original.Kind;
        RequestId = original.RequestId;
        Status = original.Status;
        ServerMessage = original.ServerMessage;
        Commit = original.Commit;
    }
}
