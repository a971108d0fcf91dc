using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

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

        if (Policy(settings.ExtraCertificates) is { } policy)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    // Extra roots stand beside the system's: a chain may end at either.
    private static X509ChainPolicy? Policy(IReadOnlyList<string> sources)
    {
        var extra = new X509Certificate2Collection();
        foreach (var file in sources.SelectMany(Files))
        {
            Load(extra, file);
        }

        if (extra.Count == 0)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(extra);
        foreach (var location in new[] { StoreLocation.LocalMachine, StoreLocation.CurrentUser })
        {
            using var store = new X509Store(StoreName.Root, location);
            try
            {
                store.Open(OpenFlags.ReadOnly);
                policy.CustomTrustStore.AddRange(store.Certificates);
            }
            catch (CryptographicException)
            {
            }
        }

        return policy;
    }

    private static IEnumerable<string> Files(string source) => Directory.Exists(source) ? Directory.EnumerateFiles(source) : [source];

    private static void Load(X509Certificate2Collection certificates, string file)
    {
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))) || !File.Exists(file))
            {
                throw new HubException(HubErrorKind.InvalidSetting, $"The certificates in '{HubText.Shown(file)}' (SSL_CERT_FILE, SSL_CERT_DIR or REQUESTS_CA_BUNDLE) can't be read.", exception);
            }
        }
    }
}
