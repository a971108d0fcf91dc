using System.Net;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Builds the lowest handler: .NET's own, without what it would do by itself.</summary>
internal static class HubHandlers
{
    /// <summary>Builds it.</summary>
    /// <param name="settings">The settings.</param>
    /// <returns>The handler: no redirects (it would drop the token within the hub and run past the answer that carries a file's metadata), no decompression, no cookies.</returns>
    public static SocketsHttpHandler Create(HubSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = settings.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            Proxy = settings.Proxy,
            UseProxy = settings.Proxy is not null,
        };
        if (settings.Proxy is not null)
        {
            handler.DefaultProxyCredentials = settings.Proxy.Credentials;
        }

        if (settings.ExtraCertificates.Count > 0)
        {
            var roots = new ExtraRoots(settings.ExtraCertificates);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => roots.Accepts(certificate, chain, errors);
        }

        return handler;
    }
}
