namespace Atelier.Testing;

/// <summary>A request that came to a proxy.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The target exactly as sent: an absolute URL, or host and port for <c>CONNECT</c>.</param>
/// <param name="ProxyAuthorization">The <c>Proxy-Authorization</c> header, or null.</param>
public sealed record ForwardedRequest(string Method, string Target, string? ProxyAuthorization)
{
    /// <summary>What was answered; 0 before that.</summary>
    public int Status { get; internal set; }
}
