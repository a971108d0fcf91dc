using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Atelier.Training.Runs;
using Xunit;

namespace Atelier.Tests.Training.Runs;

/// <summary>What is cached is loaded while the hub is asked; the hub's answer decides.</summary>
public sealed class CachedLoadingTests : IDisposable
{
    private static readonly ModelRequest Request = new() { Model = "ns/model" };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-cached-");
    private readonly List<Loaded> _loaded = [];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_is_not_cached_is_loaded_once_when_it_is()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        using var loaded = CachedLoading.Load(Request, () => hub, Load);
        Assert.Same(loaded, Assert.Single(_loaded));
        Assert.Equal(server.Model("ns/model").Sha, loaded.Source.Commit);
    }

    [Fact]
    public async Task What_is_cached_is_loaded_before_the_hub_has_answered()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        await hub.DownloadModelAsync(HubRepositoryId.Parse("ns/model"), cancellation: TestContext.Current.CancellationToken);
        using ManualResetEventSlim isLoaded = new();
        var cameFirst = true;
        server.Faults.Add(FaultRule.OnAny().Before(_ => cameFirst &= isLoaded.Wait(TimeSpan.FromSeconds(20)))); // the answer comes only after that
        using var loaded = CachedLoading.Load(Request, () => hub, source =>
        {
            isLoaded.Set();
            return Load(source);
        });
        Assert.Same(loaded, Assert.Single(_loaded));
        Assert.False(loaded.IsDisposed);
        Assert.True(cameFirst);
    }

    [Fact]
    public async Task Where_the_branch_has_moved_the_new_commit_is_loaded_and_the_old_one_let_go_before()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        await hub.DownloadModelAsync(HubRepositoryId.Parse("ns/model"), cancellation: TestContext.Current.CancellationToken);
        server.Model("ns/model").Commit(files => files.Add("unet/config.json", "{\"new\": 1}"));
        using var loaded = CachedLoading.Load(Request, () => hub, source =>
        {
            Assert.All(_loaded, earlier => Assert.True(earlier.IsDisposed));
            return Load(source);
        });
        Assert.Equal(2, _loaded.Count);
        Assert.Equal(server.Model("ns/model").Sha, loaded.Source.Commit);
        Assert.False(loaded.IsDisposed);
    }

    [Fact]
    public async Task Where_the_hub_refuses_nothing_is_given_out()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        await hub.DownloadModelAsync(HubRepositoryId.Parse("ns/model"), cancellation: TestContext.Current.CancellationToken);
        server.Faults.Add(FaultRule.OnAny().Fail(403, "You have been banned."));
        Assert.Throws<HubException>(() => CachedLoading.Load(Request, () => hub, Load));
        Assert.True(Assert.Single(_loaded).IsDisposed);
    }

    [Fact]
    public async Task A_fault_of_a_cached_model_is_told_where_the_hub_still_has_it_so_and_only_there()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        await hub.DownloadModelAsync(HubRepositoryId.Parse("ns/model"), cancellation: TestContext.Current.CancellationToken);
        var faulty = server.Model("ns/model").Sha;
        Assert.Equal(faulty, Assert.Throws<InvalidDataException>(() => CachedLoading.Load(Request, () => hub, LoadSound)).Message);
        Assert.Empty(_loaded);

        server.Model("ns/model").Commit(files => files.Add("unet/config.json", "{\"mended\": 1}"));
        using var loaded = CachedLoading.Load(Request, () => hub, LoadSound);
        Assert.Same(loaded, Assert.Single(_loaded));

        Loaded LoadSound(ModelSource source) => source.Commit != faulty ? Load(source) : throw new InvalidDataException(source.Commit);
    }

    [Fact]
    public async Task Without_the_hub_the_cached_model_is_loaded_once()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        await hub.DownloadModelAsync(HubRepositoryId.Parse("ns/model"), cancellation: TestContext.Current.CancellationToken);
        await server.DisposeAsync();
        using HubClient offline = new(hub.Settings with { OfflineReason = "HF_HUB_OFFLINE" });
        using var loaded = CachedLoading.Load(Request, () => offline, Load);
        Assert.Same(loaded, Assert.Single(_loaded));
    }

    [Fact]
    public async Task Where_other_files_of_the_same_commit_are_chosen_they_are_loaded_anew()
    {
        await using var server = await HubServer.StartAsync();
        server.AddModel("ns/model", files => files
            .Add("model_index.json", """{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}""")
            .Add("unet/config.json", "{}")
            .Add("unet/diffusion_pytorch_model.bin", "pickled")
            .Add("unet/diffusion_pytorch_model.safetensors", "safe"));
        using var hub = Client(server);
        foreach (var name in (string[])["model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.bin"])
        {
            // As an older Python leaves it: without a listing, the cache can't know of the better file.
            await hub.DownloadFileAsync(HubRepositoryId.Parse("ns/model"), name, cancellation: TestContext.Current.CancellationToken);
        }

        using var loaded = CachedLoading.Load(Request, () => hub, Load);

        Assert.Equal(2, _loaded.Count);
        Assert.True(File.Exists(Path.Combine(loaded.Source.Folder, "unet/diffusion_pytorch_model.safetensors")));
    }

    private Loaded Load(ModelSource source)
    {
        Loaded loaded = new(source);
        _loaded.Add(loaded);
        return loaded;
    }

    private static async Task<HubServer> ServeAsync()
    {
        var server = await HubServer.StartAsync();
        server.AddModel("ns/model", files => files
            .Add("model_index.json", """{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}""")
            .Add("unet/config.json", "{}")
            .Add("unet/diffusion_pytorch_model.safetensors", "weights"));
        return server;
    }

    private HubClient Client(HubServer server) => new(HubSettings.Read(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HF_ENDPOINT"] = server.Endpoint,
        ["HF_HOME"] = _folder.FullName,
    }));

    private sealed class Loaded(ModelSource source) : IDisposable
    {
        public ModelSource Source { get; } = source;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
