using System.Globalization;
using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Settings;

/// <summary>Reads the variables that the hub's clients share.</summary>
internal sealed partial class EnvironmentReader(IReadOnlyDictionary<string, string> environment)
{
    private const string OptionSource = "the option --token";

    /// <summary>Reads all of them.</summary>
    /// <param name="token">The token that was given for this call, or null.</param>
    /// <returns>The settings.</returns>
    public HubSettings Read(string? token)
    {
        var home = PathOf("HF_HOME") ?? Path.Join(PathOf("XDG_CACHE_HOME") ?? Path.Join(Home(), ".cache"), "huggingface");
        var tokenFile = PathOf("HF_TOKEN_PATH") ?? Path.Join(home, "token");
        var found = FindToken(token, tokenFile);
        var settings = new HubSettings
        {
            Endpoint = Endpoint(),
            CacheFolder = Path.GetFullPath(PathOf("HF_HUB_CACHE") ?? PathOf("HUGGINGFACE_HUB_CACHE") ?? Path.Join(home, "hub")),
            TokenFile = tokenFile,
            Token = found,
            SendsTokenForReading = !IsTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") || found is { IsExplicit: true },
            OfflineReason = Array.Find(["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"], IsTrue),
            DownloadTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT", HubSettings.DefaultTimeout),
            UploadTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT", HubSettings.DefaultUploadTimeout),
            MetadataTimeout = Seconds("HF_HUB_ETAG_TIMEOUT", HubSettings.DefaultTimeout),
            UsesSymbolicLinks = !IsTrue("HF_HUB_DISABLE_SYMLINKS"),
            WarnsAboutSymbolicLinks = !IsTrue("HF_HUB_DISABLE_SYMLINKS_WARNING"),
            ShowsProgressBars = !IsTrue("HF_HUB_DISABLE_PROGRESS_BARS"),
            Verbosity = Text("HF_HUB_VERBOSITY")?.ToLowerInvariant(),
            Proxy = Proxy(),
            ExtraCertificates = [.. new[] { PathOf("SSL_CERT_FILE"), PathOf("SSL_CERT_DIR"), PathOf("REQUESTS_CA_BUNDLE") }.OfType<string>()],
        };
        return Text("HF_HUB_USER_AGENT_ORIGIN") is { } origin ? settings with { UserAgent = $"{settings.UserAgent}; origin/{Printable(origin)}" } : settings;
    }

    private string? Text(string name) => environment.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    private bool IsTrue(string name) => Text(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private string? PathOf(string name) => Text(name) is { } text && Expand(text) is { Length: > 0 } path ? path : null;

    private string Expand(string path)
    {
        var replaced = path.Contains('$', StringComparison.Ordinal)
            ? Variable().Replace(path, match => environment.TryGetValue(match.Groups["name"].Value, out var value) ? value : match.Value)
            : path;
        return replaced == "~" || replaced.StartsWith("~/", StringComparison.Ordinal) || replaced.StartsWith(@"~\", StringComparison.Ordinal)
            ? Path.Join(Home(), replaced[1..])
            : replaced;
    }

    private string Home() => Text(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private string Endpoint()
    {
        var text = Text("HF_ENDPOINT");
        if (text is null)
        {
            return HubSettings.DefaultEndpoint;
        }

        var isUsable = Uri.TryCreate(text, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address is { UserInfo: "", Query: "", Fragment: "" };
        return isUsable
            ? text.TrimEnd('/')
            : throw new HubException(HubErrorKind.InvalidSetting, "HF_ENDPOINT is not the address of a hub; expected http:// or https://, a host and nothing after the path.");
    }

    private TimeSpan Seconds(string name, TimeSpan fallback)
    {
        const double longest = 86_400;
        var text = Text(name);
        if (text is null)
        {
            return fallback;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= longest
            ? TimeSpan.FromSeconds(seconds)
            : throw new HubException(HubErrorKind.InvalidSetting, $"{name} is '{HubText.Shown(text, 40)}'; expected seconds above 0, at most {longest}.");
    }

    private HubToken? FindToken(string? option, string file)
        => HubToken.From(option, OptionSource, isExplicit: true)
            ?? HubToken.From(Text("HF_TOKEN"), "HF_TOKEN")
            ?? HubToken.From(Text("HUGGING_FACE_HUB_TOKEN"), "HUGGING_FACE_HUB_TOKEN")
            ?? HubToken.From(ReadFile(file), file);

    // The folder of the official client may be absent, or belong to somebody else.
    private static string? ReadFile(string path)
    {
        const int longestToken = 65_536;
        try
        {
            return File.Exists(path) && new FileInfo(path).Length <= longestToken ? File.ReadAllText(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Lower case wins where both are set, as it does in Python.
    private HubProxy? Proxy()
    {
        var all = Text("all_proxy") ?? Text("ALL_PROXY");
        var http = Text("http_proxy") ?? Text("HTTP_PROXY") ?? all;
        var https = Text("https_proxy") ?? Text("HTTPS_PROXY") ?? all;
        return http is null && https is null ? null : new HubProxy(http, https, Text("no_proxy") ?? Text("NO_PROXY"));
    }

    private static string Printable(string text) => string.Concat(text.Where(letter => letter is >= ' ' and < '\x7f'));

    [GeneratedRegex(@"\$(?:\{(?<name>[^}]+)\}|(?<name>[A-Za-z0-9_]+))", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
