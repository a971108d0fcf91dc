using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubOfflineTests : IAsyncLifetime
{
    private const string Index = """{"_class_name":"StableDiffusionPipeline","scheduler":["diffusers","DDIMScheduler"],"unet":["diffusers","UNet2DConditionModel"]}""";

    private static readonly (string, string) Offline = ("HF_HUB_OFFLINE", "1");
    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _model = _bench.Server.AddModel("ns/name", files => files.Add("model_index.json", Index).Add("scheduler/scheduler_config.json", "{}").Add("unet/config.json", "{}").AddVirtual("unet/diffusion_pytorch_model.safetensors", 10_000));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_cached_is_read_without_any_request()
    {
        var client = _bench.Client();
        var (file, pipeline) = (await client.DownloadFileAsync(Id, "unet/config.json"), await client.DownloadPipelineAsync(Id));
        _bench.Server.Requests.Clear();
        var offline = _bench.Client(Offline);

        Assert.Equal(file, await offline.DownloadFileAsync(Id, "unet/config.json"));
        Assert.Equal(pipeline.Folder, (await offline.DownloadPipelineAsync(Id)).Folder);
        Assert.Equal(pipeline.Folder, (await offline.DownloadPipelineAsync(Id, new HubPipelineRequest { Revision = HubRevision.Parse(_model.Sha) })).Folder);
        Assert.Equal(pipeline.Files, (await offline.DownloadFilesAsync(Id)).Files);

        Assert.Empty(_bench.Server.Requests);
        Assert.Empty(_bench.Observer.Warnings);
    }

    [Fact]
    public async Task What_is_not_cached_is_told_with_everything_that_keeps_it_away()
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(Offline).DownloadFileAsync(Id, "unet/config.json"));

        Assert.Equal((HubErrorKind.NotCached, true), (exception.Kind, exception.IsRequestFault));
        Assert.All(["unet/config.json", "ns/name", "main", _bench.Cache, "HF_HUB_OFFLINE"], part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
        Assert.Empty(_bench.Server.Requests);
    }

    [Fact]
    public async Task Questions_that_only_the_hub_can_answer_are_refused()
    {
        var client = _bench.Client(Offline, ("HF_TOKEN", "hf_x"));

        Assert.Equal(HubErrorKind.Offline, (await Assert.ThrowsAsync<HubException>(() => client.ModelAsync(Id))).Kind);
        Assert.Equal(HubErrorKind.Offline, (await Assert.ThrowsAsync<HubException>(() => client.TreeAsync(Id))).Kind);
        Assert.Equal(HubErrorKind.Offline, (await Assert.ThrowsAsync<HubException>(() => client.WhoAmIAsync())).Kind);
        Assert.Empty(_bench.Server.Requests);
    }

    [Fact]
    public async Task A_pipeline_that_is_not_whole_lists_what_is_missing()
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id);
        File.Delete(Path.Join(snapshot.Folder, "scheduler", "scheduler_config.json"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(Offline).DownloadPipelineAsync(Id));

        Assert.Equal(HubErrorKind.NotCached, exception.Kind);
        Assert.Contains("'scheduler/scheduler_config.json'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cache_without_a_listing_is_judged_by_what_is_there(bool isWhole)
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id);
        Directory.Delete(Path.Join(_bench.Repository("ns/name"), "trees"), recursive: true);
        if (isWhole)
        {
            Assert.Equal(snapshot.Folder, (await _bench.Client(Offline).DownloadPipelineAsync(Id)).Folder);
            return;
        }

        File.Delete(Path.Join(snapshot.Folder, "unet", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(HubErrorKind.NotCached, (await Assert.ThrowsAsync<HubException>(() => _bench.Client(Offline).DownloadPipelineAsync(Id))).Kind);
    }

    [Fact]
    public async Task A_file_that_is_known_not_to_exist_is_told_as_such()
    {
        await _bench.Client().DownloadFileAsync(Id, "unet/config.json");
        await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadFileAsync(Id, "missing"));

        Assert.Equal(HubErrorKind.EntryNotFound, (await Assert.ThrowsAsync<HubException>(() => _bench.Client(Offline).DownloadFileAsync(Id, "missing"))).Kind);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("../../x")]
    public async Task A_ref_that_is_no_commit_is_as_if_absent(string addition)
    {
        await _bench.Client().DownloadFileAsync(Id, "unet/config.json");
        File.AppendAllText(Path.Join(_bench.Repository("ns/name"), "refs", "main"), addition);

        Assert.Equal(HubErrorKind.NotCached, (await Assert.ThrowsAsync<HubException>(() => _bench.Client(Offline).DownloadFileAsync(Id, "unet/config.json"))).Kind);
    }

    [Fact]
    public async Task A_hub_that_can_not_be_reached_is_answered_from_the_cache_with_a_warning()
    {
        var file = await _bench.Client().DownloadFileAsync(Id, "unet/config.json");
        var client = _bench.Client(_bench.Settings() with { Endpoint = "http://127.0.0.1:9" });

        Assert.Equal(file, await client.DownloadFileAsync(Id, "unet/config.json"));

        Assert.Contains("127.0.0.1:9", Assert.Single(_bench.Observer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_fails_is_not_hidden_by_the_cache()
    {
        await _bench.Client().DownloadFileAsync(Id, "unet/config.json");

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HTTP_PROXY", "http://127.0.0.1:9")).DownloadFileAsync(Id, "unet/config.json"));

        Assert.Equal(HubErrorKind.Proxy, exception.Kind);
    }

    [Fact]
    public async Task A_hub_that_can_not_be_reached_with_an_empty_cache_says_why()
    {
        var client = _bench.Client(_bench.Settings() with { Endpoint = "http://127.0.0.1:9" });

        var exception = await Assert.ThrowsAsync<HubException>(() => client.DownloadPipelineAsync(Id));

        Assert.Equal(HubErrorKind.Network, exception.Kind);
        Assert.Contains("cache", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_another_size_than_listed_is_as_if_absent()
    {
        const string Name = "unet/diffusion_pytorch_model.safetensors";
        var snapshot = await _bench.Client(("HF_HUB_DISABLE_SYMLINKS", "1")).DownloadFilesAsync(Id, [Name]);
        await using (var file = new FileStream(Path.Join(snapshot.Folder, Name), FileMode.Open))
        {
            file.SetLength(1000);
        }

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(Offline).DownloadFilesAsync(Id, [Name]));

        Assert.Equal(HubErrorKind.NotCached, exception.Kind);
    }
}
