namespace Atelier.Artifacts.Hub.Http;

/// <summary>Holds the arguments of one question to the hub, or one transfer.</summary>
internal sealed record HubRequest
{
    /// <summary>The longest answer that is read into memory.</summary>
    public const int DefaultMaximumByteCount = 64_000_000;

    /// <summary>Gives the method.</summary>
    /// <value>Default: GET.</value>
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>Gives the address.</summary>
    public required Uri Address { get; init; }

    /// <summary>Makes the body, anew for each hop. A body that sends much calls the timer's <see cref="SilenceTimer.Restart"/> as it goes.</summary>
    /// <value>Default: null, no body.</value>
    public Func<SilenceTimer, HttpContent>? Body { get; init; }

    /// <summary>Gives headers beside those that every request has.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Gives what is done about redirects.</summary>
    /// <value>Default: <see cref="HubRedirects.StayOnOrigin"/>.</value>
    public HubRedirects Redirects { get; init; }

    /// <summary>Gives when the request is repeated.</summary>
    /// <value>Default: <see cref="HubRetries.Always"/>.</value>
    public HubRetries Retries { get; init; }

    /// <summary>Gives how long the answer's headers may take, and how long its body may be silent.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Says whether the request changes something, so that the token goes along even where it does not for reading.</summary>
    /// <value>Default: false.</value>
    public bool IsWrite { get; init; }

    /// <summary>Says whether the token may go along, to the hub's own origin; signed addresses must not have it.</summary>
    /// <value>Default: true.</value>
    public bool SendsToken { get; init; } = true;

    /// <summary>Says whether the body of a successful answer is left for the caller to read.</summary>
    /// <value>Default: false: it is read whole, within <see cref="DefaultMaximumByteCount"/>.</value>
    public bool IsStreamed { get; init; }

    /// <summary>Gives what the request is about.</summary>
    /// <value>Default: nothing in particular.</value>
    public HubTarget Target { get; init; } = new();
}
