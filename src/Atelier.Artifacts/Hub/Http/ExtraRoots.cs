using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>
/// Roots that the user trusts beside the system's: a chain may end at either. They are read when the system has refused a chain and not before, for a system's whole bundle takes a quarter of a second.
/// </summary>
internal sealed class ExtraRoots
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly IReadOnlyList<string> _sources;
    private readonly Lazy<X509Certificate2Collection> _roots;

    /// <summary>Names them; nothing is read.</summary>
    /// <param name="sources">Files and folders of certificates in PEM form.</param>
    /// <exception cref="HubException">One of them does not exist.</exception>
    public ExtraRoots(IReadOnlyList<string> sources)
    {
        if (sources.FirstOrDefault(source => !Path.Exists(source)) is { } missing)
        {
            throw new HubException(HubErrorKind.InvalidSetting, $"The certificates in '{HubText.Shown(missing)}' (SSL_CERT_FILE, SSL_CERT_DIR or REQUESTS_CA_BUNDLE) can't be read.");
        }

        _sources = sources;
        _roots = new Lazy<X509Certificate2Collection>(Read);
    }

    /// <summary>Decides over a server's certificate after the system has.</summary>
    /// <param name="certificate">The server's certificate.</param>
    /// <param name="chain">What the system made of it, with the certificates that the server sent.</param>
    /// <param name="errors">What the system found wrong.</param>
    /// <returns>Whether it is trusted: all was right, or only the chain was wrong and another one ends at a root of these.</returns>
    public bool Accepts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server)
        {
            return errors == SslPolicyErrors.None;
        }

        using var other = new X509Chain();
        other.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        other.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        other.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        other.ChainPolicy.CustomTrustStore.AddRange(_roots.Value);
        other.ChainPolicy.ExtraStore.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
        return other.Build(server);
    }

    private X509Certificate2Collection Read()
    {
        var roots = new X509Certificate2Collection();
        foreach (var file in _sources.SelectMany(source => Directory.Exists(source) ? Directory.EnumerateFiles(source) : [source]))
        {
            try
            {
                roots.ImportFromPemFile(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // A folder of certificates holds other things too; what is missing in the end is said by the refused chain.
            }
        }

        return roots;
    }
}
