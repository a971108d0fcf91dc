using System.Text;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Builds and compares addresses. <see cref="Uri"/> would rewrite what a signature covers, so they are kept as they are written.</summary>
internal static class HubAddress
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Takes an absolute address byte for byte.</summary>
    /// <param name="text">The address.</param>
    /// <returns>The address, or null when it is not an absolute <c>http</c> or <c>https</c> one, or holds a password.</returns>
    public static Uri? Exact(string text)
    {
        var fragment = text.IndexOf('#', StringComparison.Ordinal);
        var plain = Encoded(fragment < 0 ? text : text[..fragment]);
        return Uri.TryCreate(plain, AsWritten, out var address)
            && address.IsAbsoluteUri
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.Host.Length > 0
            && address.UserInfo.Length == 0
            ? address
            : null;
    }

    /// <summary>Reads a Location header against the address that was asked.</summary>
    /// <param name="current">The address that was asked.</param>
    /// <param name="location">The header, as it came.</param>
    /// <returns>The next address, or null when it is none.</returns>
    public static Uri? Follow(Uri current, string location)
    {
        var text = location.Trim();
        if (text.Length == 0)
        {
            return null;
        }

        if (text.StartsWith("//", StringComparison.Ordinal))
        {
            return Exact($"{current.Scheme}:{text}");
        }

        if (text[0] == '/')
        {
            return Exact(Origin(current) + text);
        }

        if (HasScheme(text))
        {
            return Exact(text);
        }

        var path = current.PathAndQuery.Split('?')[0];
        return text[0] == '?' ? Exact($"{Origin(current)}{path}{text}") : Exact($"{Origin(current)}{path[..(path.LastIndexOf('/') + 1)]}{text}");
    }

    /// <summary>Gives scheme, host and port, in the form in which two of them can be compared.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Such as <c>https://huggingface.co:443</c>.</returns>
    public static string Origin(Uri address) => $"{address.Scheme}://{(address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost).ToLowerInvariant()}:{address.Port}";

    /// <summary>Gives what may be shown of an address: its query can be a key.</summary>
    /// <param name="address">The address.</param>
    /// <param name="token">The token, which a server might have put into it, or null.</param>
    /// <returns>Scheme, host and path.</returns>
    public static string Shown(Uri address, HubToken? token = null)
    {
        var port = address.IsDefaultPort ? "" : $":{address.Port}";
        return HubText.Shown($"{address.Scheme}://{address.Host}{port}{address.PathAndQuery.Split('?')[0]}", token, 200);
    }

    /// <summary>Encodes a path in a repository, each segment by itself.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The encoded path, with its slashes.</returns>
    public static string Path(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Makes an address on the hub that the settings name out of one that the public hub wrote into an answer.</summary>
    /// <param name="endpoint">The hub of the settings.</param>
    /// <param name="text">The address.</param>
    /// <returns>The address to use.</returns>
    public static string Rewritten(string endpoint, string text)
        => text.StartsWith(HubSettings.DefaultEndpoint, StringComparison.OrdinalIgnoreCase)
            && (text.Length == HubSettings.DefaultEndpoint.Length || text[HubSettings.DefaultEndpoint.Length] is '/' or '?' or '#')
            ? endpoint + text[HubSettings.DefaultEndpoint.Length..]
            : text;

    private static bool HasScheme(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && char.IsAsciiLetter(text[0]) && text.Take(colon).All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '+' or '-' or '.');
    }

    // Header bytes beyond ASCII arrive as Latin-1; each is sent back as the byte that it was. Blanks would end the request's line.
    private static string Encoded(string text)
    {
        if (text.All(letter => letter is > ' ' and < '\x7f'))
        {
            return text;
        }

        var encoded = new StringBuilder();
        foreach (var letter in text)
        {
            if (letter is > ' ' and < '\x7f')
            {
                encoded.Append(letter);
            }
            else if (letter <= 0xff)
            {
                encoded.Append('%').Append(((int)letter).ToString("X2"));
            }
            else
            {
                encoded.Append(Uri.EscapeDataString(letter.ToString()));
            }
        }

        return encoded.ToString();
    }
}
