using System.Net;

namespace Atelier.Artifacts.Hub;

/// <summary>Chooses the proxy of each address by the rules that Python programs follow.</summary>
/// <remarks>
/// An entry of <c>NO_PROXY</c> covers a domain and all below it, with or without a dot in front; <c>*</c> covers everything; an address, or a name with a port, is compared exactly.
/// .NET's own reading of these variables knows neither domains without a dot nor <c>*</c>.
/// </remarks>
public sealed class HubProxy : IWebProxy
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly string[] _exceptions;
    private readonly List<(Uri Proxy, NetworkCredential Credential)> _credentials = [];

    /// <summary>Creates the choice.</summary>
    /// <param name="http">The proxy for <c>http</c>, such as <c>http://user:password@host:3128</c> or <c>host:3128</c>, or null.</param>
    /// <param name="https">The proxy for <c>https</c>, or null.</param>
    /// <param name="exceptions">The names that are reached directly, with commas between them, or null.</param>
    /// <exception cref="HubException">A proxy's address is malformed; its text is not repeated, because it may hold a password.</exception>
    public HubProxy(string? http, string? https, string? exceptions)
    {
        _http = Address(http, "HTTP_PROXY");
        _https = Address(https, "HTTPS_PROXY");
        _exceptions = (exceptions ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Credentials = new ProxyCredentials(_credentials);
    }

    /// <inheritdoc/>
    public ICredentials? Credentials { get; set; }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return IsBypassed(destination) ? null : Configured(destination);
    }

    /// <inheritdoc/>
    public bool IsBypassed(Uri host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Configured(host) is null || Array.Exists(_exceptions, exception => Covers(exception, host));
    }

    /// <summary>Names the proxies without their passwords.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"http: {Shown(_http)}, https: {Shown(_https)}";

    /// <summary>Gives the host and port of an address, never its password.</summary>
    /// <param name="proxy">The address of a proxy, or null.</param>
    /// <returns>The text.</returns>
    internal static string Shown(Uri? proxy) => proxy is null ? "none" : $"{proxy.Scheme}://{proxy.Host}:{proxy.Port}";

    /// <summary>Says what to do about a proxy that lets nobody through without a password.</summary>
    /// <param name="proxy">The address of the proxy.</param>
    /// <returns>The sentences.</returns>
    internal static string AsksForPassword(Uri? proxy) => $"The proxy {Shown(proxy)} asks for a name and a password (407). Set them in HTTP_PROXY or HTTPS_PROXY, as http://NAME:PASSWORD@HOST:PORT.";

    private Uri? Configured(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? _https : _http;

    private static bool Covers(string exception, Uri destination)
    {
        if (exception == "*")
        {
            return true;
        }

        var host = destination.Host.Trim('[', ']');
        var domain = exception.TrimStart('.').Trim('[', ']');
        if (domain.Length == 0)
        {
            return false;
        }

        return string.Equals(host, domain, StringComparison.OrdinalIgnoreCase)
            || string.Equals($"{host}:{destination.Port}", domain, StringComparison.OrdinalIgnoreCase)
            || (!IPAddress.TryParse(host, out _) && host.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase));
    }

    private Uri? Address(string? text, string variable)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var full = text.Contains("://", StringComparison.Ordinal) ? text.Trim() : $"http://{text.Trim()}";
        if (full.StartsWith("socks5h:", StringComparison.OrdinalIgnoreCase))
        {
            full = $"socks5:{full["socks5h:".Length..]}"; // .NET leaves names to the proxy in any case
        }

        return Uri.TryCreate(full, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "socks4" or "socks4a" or "socks5" && address.Host.Length > 0
            ? WithoutPassword(address)
            : throw new HubException(HubErrorKind.InvalidSetting, $"{variable} (or ALL_PROXY) is not the address of a proxy; expected such as http://host:3128.");
    }

    // .NET's own messages repeat the address of a proxy that fails, whole.
    private Uri WithoutPassword(Uri address)
    {
        if (address.UserInfo.Length == 0)
        {
            return address;
        }

        var parts = address.UserInfo.Split(':', 2);
        var plain = new UriBuilder(address) { UserName = "", Password = "" }.Uri;
        _credentials.Add((plain, new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "")));
        return plain;
    }

    private sealed class ProxyCredentials(List<(Uri Proxy, NetworkCredential Credential)> known) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
            => known.FirstOrDefault(pair => pair.Proxy.Host == uri.Host && pair.Proxy.Port == uri.Port).Credential;
    }
}
