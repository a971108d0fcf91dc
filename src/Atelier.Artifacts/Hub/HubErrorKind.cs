namespace Atelier.Artifacts.Hub;

/// <summary>Says what went wrong with the hub; the first ones are faults of the request, the others of the network, the machine or the hub.</summary>
public enum HubErrorKind
{
    /// <summary>A repository's, revision's or file's name is not one.</summary>
    InvalidName,

    /// <summary>An environment variable or option holds something unusable.</summary>
    InvalidSetting,

    /// <summary>The token is malformed, wrong, expired or revoked.</summary>
    InvalidToken,

    /// <summary>The repository does not exist or is private.</summary>
    RepositoryNotFound,

    /// <summary>The repository's files need an access that was not granted.</summary>
    Gated,

    /// <summary>The token may not do this.</summary>
    Forbidden,

    /// <summary>The hub has taken the repository down.</summary>
    Disabled,

    /// <summary>There is no such branch, tag or commit.</summary>
    RevisionNotFound,

    /// <summary>There is no such file at this revision.</summary>
    EntryNotFound,

    /// <summary>The repository does not hold what a pipeline or adapter needs, or holds several candidates.</summary>
    Unsuitable,

    /// <summary>The hub refuses what was sent: a card, a path, an object.</summary>
    Refused,

    /// <summary>The answer would need a request, which is not allowed or not possible, and the cache does not hold it.</summary>
    NotCached,

    /// <summary>Offline mode forbids the request.</summary>
    Offline,

    /// <summary>Somebody else changed the repository, or is changing it.</summary>
    Conflict,

    /// <summary>The hub answers with a passing fault, again and again.</summary>
    Unavailable,

    /// <summary>The hub has had too many requests from this user or address.</summary>
    RateLimited,

    /// <summary>The hub could not be reached, or the connection broke again and again.</summary>
    Network,

    /// <summary>The hub's certificate is not trusted.</summary>
    Certificate,

    /// <summary>The proxy could not be reached or refuses.</summary>
    Proxy,

    /// <summary>A signed address has expired and could not be renewed.</summary>
    Expired,

    /// <summary>The disk has no room for the files, or can't be written.</summary>
    Disk,

    /// <summary>A file's content is not what its name in the repository promises.</summary>
    Mismatch,

    /// <summary>The answer is not that of a hub: a captive portal, a bad mirror, a hostile server.</summary>
    Protocol,
}
