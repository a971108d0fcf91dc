using System.Net;
using System.Security.Authentication;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Makes sense of failures below HTTP.</summary>
internal static class ConnectionFaults
{
    /// <summary>Says whether the next try may go better.</summary>
    /// <param name="exception">The failure.</param>
    /// <returns>False for certificates and for proxies that refuse: they stay what they are.</returns>
    public static bool IsPassing(HttpRequestException exception) => !IsCertificate(exception) && !IsProxyRefusal(exception)
        && exception.HttpRequestError is not (HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.UserAuthenticationError);

    /// <summary>Describes a failure in a few words.</summary>
    /// <param name="exception">The failure.</param>
    /// <returns>The words.</returns>
    public static string Reason(Exception exception)
    {
        var inner = exception;
        while (inner.InnerException is { } next && next is not (TimeoutException or OperationCanceledException))
        {
            inner = next;
        }

        return HubText.Shown(inner.Message, 200).TrimEnd('.');
    }

    /// <summary>Makes the exception for the user.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="address">What was asked.</param>
    /// <param name="target">What it was about.</param>
    /// <param name="proxy">The proxy of this address, or null.</param>
    /// <returns>The exception.</returns>
    public static HubException Explain(HttpRequestException exception, Uri address, HubTarget target, Uri? proxy)
    {
        var host = HubText.Shown($"{address.Host}:{address.Port}", 100);
        if (IsCertificate(exception))
        {
            return new HubException(HubErrorKind.Certificate, $"The certificate of {host} is not trusted ({Reason(exception)}). If a proxy of your organisation signs it, set SSL_CERT_FILE to its root certificate.", exception);
        }

        if (IsProxyRefusal(exception) && exception.StatusCode == HttpStatusCode.ProxyAuthenticationRequired)
        {
            return new HubException(HubErrorKind.Proxy, HubProxy.AsksForPassword(proxy), exception);
        }

        if (IsProxyRefusal(exception) || (proxy is not null && IsConnecting(exception)))
        {
            return new HubException(HubErrorKind.Proxy, $"The proxy {HubProxy.Shown(proxy)} for {host} failed ({Reason(exception)}). Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.", exception);
        }

        return exception.HttpRequestError switch
        {
            HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse when exception.InnerException is not IOException
                => new HubException(HubErrorKind.Protocol, $"{host} did not answer {target} as a hub does: {Reason(exception)}. Check HF_ENDPOINT.", exception),
            _ => new HubException(HubErrorKind.Network, $"{host} could not be reached{(proxy is null ? "" : $" through the proxy {HubProxy.Shown(proxy)}")} for {target}: {Reason(exception)}. Check the connection, then try again.", exception),
        };
    }

    private static bool IsConnecting(HttpRequestException exception)
        => exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError;

    private static bool IsProxyRefusal(HttpRequestException exception)
        => exception.HttpRequestError == HttpRequestError.ProxyTunnelError && exception.StatusCode is HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Forbidden;

    private static bool IsCertificate(HttpRequestException exception)
        => exception.HttpRequestError == HttpRequestError.SecureConnectionError && exception.InnerException is AuthenticationException;
}
