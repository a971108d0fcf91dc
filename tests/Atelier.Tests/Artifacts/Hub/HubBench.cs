using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

/// <summary>A hub, an empty cache, and clients between them.</summary>
internal sealed class HubBench : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<HubClient> _clients = [];

    private HubBench(HubServer server) => Server = server;

    public HubServer Server { get; }

    public RecordingObserver Observer { get; } = new();

    public HurriedClock Clock { get; } = new();

    public string Cache => Path.Join(_folder.Root, "hub");

    public string Folder => _folder.Root;

    public static async Task<HubBench> StartAsync(HubServerOptions? options = null) => new(await HubServer.StartAsync(options));

    public HubSettings Settings(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _folder.Root,
            ["HF_ENDPOINT"] = Server.Endpoint,
            ["HF_HUB_CACHE"] = Cache,
        };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        return HubSettings.Read(environment);
    }

    public HubClient Client(params (string Name, string Value)[] variables) => Client(Settings(variables));

    public HubClient Client(HubSettings settings)
    {
        var client = new HubClient(settings, Observer, Clock);
        _clients.Add(client);
        return client;
    }

    public string Repository(string id) => Path.Join(Cache, $"models--{id.Replace("/", "--", StringComparison.Ordinal)}");

    /// <summary>All files and links in the cache, with what they hold.</summary>
    public IReadOnlyList<string> Tree(string id)
    {
        var root = Repository(id);
        return Directory.Exists(root)
            ? [.. Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }).Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)]
            : [];
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    public void AssertWellBehaved()
    {
        Assert.Empty(Server.Violations);
        Assert.Empty(Server.Requests.LeakedTokens());
    }
}
