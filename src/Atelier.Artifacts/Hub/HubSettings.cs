using System.Runtime.InteropServices;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Says how the hub is reached and where its files are kept. <see cref="Read"/> takes it from the environment variables that the official clients know.
/// </summary>
/// <remarks>
/// Variables that are accepted and change nothing here: <c>HF_HUB_DISABLE_XET</c>, <c>HF_HUB_ENABLE_HF_TRANSFER</c>, <c>HF_XET_*</c>, <c>HF_HUB_DISABLE_TELEMETRY</c> and <c>DO_NOT_TRACK</c>: there is no telemetry.
/// </remarks>
public sealed record HubSettings
{
    /// <summary>The address of the public hub.</summary>
    public const string DefaultEndpoint = "https://huggingface.co";

    internal static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan DefaultUploadTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultWriteTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Gives the address of the hub, without a final slash.</summary>
    /// <value>Default: <c>HF_ENDPOINT</c>, else <c>https://huggingface.co</c>.</value>
    public string Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>Gives the folder of the cache that is shared with Python.</summary>
    /// <value>Default: <c>HF_HUB_CACHE</c> (old: <c>HUGGINGFACE_HUB_CACHE</c>), else <c>hub</c> in <c>HF_HOME</c>.</value>
    public required string CacheFolder { get; init; }

    /// <summary>Gives the file that the official client keeps its token in.</summary>
    /// <value>Default: <c>HF_TOKEN_PATH</c>, else <c>token</c> in <c>HF_HOME</c>.</value>
    public string? TokenFile { get; init; }

    /// <summary>Gives the token, or null when there is none.</summary>
    /// <value>Default: the option's, else <c>HF_TOKEN</c>, <c>HUGGING_FACE_HUB_TOKEN</c>, the token file.</value>
    public HubToken? Token { get; init; }

    /// <summary>Says whether the token goes with requests that only read.</summary>
    /// <value>Default: true, unless <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c> is set and the token was not given explicitly.</value>
    public bool SendsTokenForReading { get; init; } = true;

    /// <summary>Gives the variable that forbids requests, or null when they are allowed.</summary>
    /// <value>Default: <c>HF_HUB_OFFLINE</c> or <c>TRANSFORMERS_OFFLINE</c> where one of them is true.</value>
    public string? OfflineReason { get; init; }

    /// <summary>Says whether no request may be made.</summary>
    public bool IsOffline => OfflineReason is not null;

    /// <summary>Gives how long a transfer may be silent, in all its length.</summary>
    /// <value>Default: <c>HF_HUB_DOWNLOAD_TIMEOUT</c> in seconds, else 10 s.</value>
    public TimeSpan DownloadTimeout { get; init; } = DefaultTimeout;

    /// <summary>Gives how long the hub may take to answer a question.</summary>
    /// <value>Default: <c>HF_HUB_ETAG_TIMEOUT</c> in seconds, else 10 s.</value>
    public TimeSpan MetadataTimeout { get; init; } = DefaultTimeout;

    /// <summary>Gives how long the hub may take to answer what changes something. It is long, because the last megabytes of an upload are still on their way when they have left this program.</summary>
    /// <value>Default: 2 min.</value>
    public TimeSpan WriteTimeout { get; init; } = DefaultWriteTimeout;

    /// <summary>Gives how long a storage may be silent that is sent a content, or has been sent it.</summary>
    /// <value>Default: <c>HF_HUB_DOWNLOAD_TIMEOUT</c> in seconds, else 30 s: what has left this program may still be on its way.</value>
    public TimeSpan UploadTimeout { get; init; } = DefaultUploadTimeout;

    /// <summary>Gives how long it may take to open a connection.</summary>
    /// <value>Default: 10 s.</value>
    public TimeSpan ConnectTimeout { get; init; } = DefaultTimeout;

    /// <summary>Says whether snapshots in the cache are symbolic links to blobs; otherwise they hold the files themselves.</summary>
    /// <value>Default: true, unless <c>HF_HUB_DISABLE_SYMLINKS</c>.</value>
    public bool UsesSymbolicLinks { get; init; } = true;

    /// <summary>Says whether the user is told when the system can't make symbolic links.</summary>
    /// <value>Default: true, unless <c>HF_HUB_DISABLE_SYMLINKS_WARNING</c>.</value>
    public bool WarnsAboutSymbolicLinks { get; init; } = true;

    /// <summary>Says whether a program may draw progress bars.</summary>
    /// <value>Default: true, unless <c>HF_HUB_DISABLE_PROGRESS_BARS</c>.</value>
    public bool ShowsProgressBars { get; init; } = true;

    /// <summary>Gives how much a program says about the hub: <c>debug</c>, <c>info</c>, <c>warning</c>, <c>error</c> or <c>critical</c>, or null.</summary>
    /// <value>Default: <c>HF_HUB_VERBOSITY</c> in lower case.</value>
    public string? Verbosity { get; init; }

    /// <summary>Gives the line with which the client names itself.</summary>
    /// <value>Default: the versions of Atelier and .NET and the system, and <c>HF_HUB_USER_AGENT_ORIGIN</c> where it is set.</value>
    public string UserAgent { get; init; } = DefaultUserAgent();

    /// <summary>Gives the proxies, or null where none is used.</summary>
    /// <value>Default: what <c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c>, <c>ALL_PROXY</c> and <c>NO_PROXY</c> say.</value>
    public HubProxy? Proxy { get; init; }

    /// <summary>Gives files and folders with certificates that are trusted beside the system's.</summary>
    /// <value>Default: <c>SSL_CERT_FILE</c>, <c>SSL_CERT_DIR</c>, <c>REQUESTS_CA_BUNDLE</c>.</value>
    public IReadOnlyList<string> ExtraCertificates { get; init; } = [];

    /// <summary>Takes the settings from environment variables.</summary>
    /// <param name="environment">The variables; they are given and not looked up, so that a test leaves its process alone.</param>
    /// <param name="token">The token that the user gave for this call, or null.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="HubException">A variable holds something unusable; the message names it.</exception>
    public static HubSettings Read(IReadOnlyDictionary<string, string> environment, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return new Settings.EnvironmentReader(environment).Read(token);
    }

    /// <summary>Takes the settings from this process's environment variables.</summary>
    /// <param name="token">The token that the user gave for this call, or null.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="HubException">A variable holds something unusable; the message names it.</exception>
    public static HubSettings ReadProcess(string? token = null)
    {
        var variables = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return Read(variables, token);
    }

    private static string DefaultUserAgent()
    {
        var version = typeof(HubSettings).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "0";
        return $"atelier/{version}; dotnet/{Environment.Version}; {RuntimeInformation.RuntimeIdentifier}";
    }
}
