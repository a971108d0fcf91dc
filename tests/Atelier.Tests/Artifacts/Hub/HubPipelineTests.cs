using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubPipelineTests : IAsyncLifetime
{
    private const string Index = """{"_class_name":"StableDiffusionPipeline","safety_checker":[null,null],"scheduler":["diffusers","DDIMScheduler"],"text_encoder":["transformers","CLIPTextModel"],"tokenizer":["transformers","CLIPTokenizer"],"unet":["diffusers","UNet2DConditionModel"],"vae":["diffusers","AutoencoderKL"]}""";

    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/pipeline");

    private HubBench _bench = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _model = _bench.Server.AddModel("ns/pipeline", files => files
            .Add("model_index.json", Index).Add("README.md", "# A").Add("scheduler/scheduler_config.json", "{}").Add("tokenizer/vocab.json", "{ }").Add("tokenizer/merges.txt", "m")
            .Add("text_encoder/config.json", "{\"t\":1}").AddVirtual("text_encoder/model.safetensors", 300_000, seed: 1)
            .Add("unet/config.json", "{\"u\":1}").AddVirtual("unet/diffusion_pytorch_model.safetensors", 700_000, seed: 2).AddVirtual("unet/diffusion_pytorch_model.fp16.safetensors", 350_000, seed: 3)
            .Add("vae/config.json", "{}").AddVirtual("vae/diffusion_pytorch_model.safetensors", 200_000, seed: 4)
            .AddVirtual("everything.ckpt", 20_000_000));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_pipeline_comes_with_what_it_is_loaded_from_and_nothing_else()
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id);

        Assert.Equal(10, snapshot.Files.Count);
        Assert.All(snapshot.Files, path => Assert.Equal(_model.File(path).Content.ToArray(), File.ReadAllBytes(Path.Join(snapshot.Folder, path))));
        Assert.False(Path.Exists(Path.Join(snapshot.Folder, "README.md")));
        Assert.Equal(_model.Sha, File.ReadAllText(Path.Join(_bench.Repository("ns/pipeline"), "refs", "main")));
        Assert.Equal(_model.Sha, snapshot.Commit);
        Assert.InRange(_bench.Server.Requests.MaximumConcurrency(), 1, 8);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task Two_paths_with_one_content_are_one_transfer()
    {
        await _bench.Client().DownloadPipelineAsync(Id);

        Assert.Equal(1, _bench.Server.Requests.Count(request => request.Method == "GET" && (request.RawPath.EndsWith("scheduler_config.json", StringComparison.Ordinal) || request.RawPath.EndsWith("vae/config.json", StringComparison.Ordinal)) && request.RawPath.Contains("/resolve/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_listing_is_kept_in_pythons_form()
    {
        await _bench.Client().DownloadPipelineAsync(Id);

        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Join(_bench.Repository("ns/pipeline"), "trees", $"{_model.Sha}.json")));
        Assert.Equal(1, document.RootElement.GetProperty("format_version").GetInt32());
        var file = document.RootElement.GetProperty("files").GetProperty("everything.ckpt");
        Assert.Equal((20_000_000, 20_000_000), (file.GetProperty("size").GetInt64(), file.GetProperty("lfs_size").GetInt64()));
        Assert.Equal(64, file.GetProperty("lfs_sha256").GetString()!.Length);
        Assert.False(document.RootElement.GetProperty("files").GetProperty("README.md").TryGetProperty("lfs_sha256", out _));
    }

    [Fact]
    public async Task A_cached_pipeline_costs_one_question()
    {
        await _bench.Client().DownloadPipelineAsync(Id);
        _bench.Server.Requests.Clear();

        await _bench.Client().DownloadPipelineAsync(Id);

        Assert.Equal("/api/models/ns/pipeline/revision/main", Assert.Single(_bench.Server.Requests).RawPath);
    }

    [Fact]
    public async Task A_cached_pipeline_by_commit_costs_no_question_and_little_time()
    {
        await _bench.Client().DownloadPipelineAsync(Id);
        _bench.Server.Requests.Clear();
        var client = _bench.Client();
        var request = new HubPipelineRequest { Revision = HubRevision.Parse(_model.Sha) };
        await client.DownloadPipelineAsync(Id, request);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await client.DownloadPipelineAsync(Id, request);

        Assert.Empty(_bench.Server.Requests);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 200);
    }

    [Fact]
    public async Task A_variant_comes_with_plain_weights_for_the_rest_and_a_warning()
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id, new HubPipelineRequest { Variant = "fp16" });

        Assert.Contains("unet/diffusion_pytorch_model.fp16.safetensors", snapshot.Files);
        Assert.Contains("vae/diffusion_pytorch_model.safetensors", snapshot.Files);
        Assert.Equal(2, _bench.Observer.Warnings.Count);
    }

    [Fact]
    public async Task An_interrupted_pipeline_fetches_only_what_is_missing()
    {
        _bench.Server.Faults.Add(FaultRule.OnContent("unet/diffusion_pytorch_model.safetensors").CloseAfter(300_000).Once());
        _bench.Server.Faults.Add(FaultRule.OnContent("unet/diffusion_pytorch_model.safetensors").CloseAfter(0));
        await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(Id));
        Assert.False(File.Exists(Path.Join(_bench.Repository("ns/pipeline"), "refs", "main")));
        _bench.Server.Faults.Clear();
        _bench.Server.Requests.Clear();

        await _bench.Client().DownloadPipelineAsync(Id);

        Assert.InRange(_bench.Server.Requests.BytesSent(HubOrigin.Storage), 400_000, 950_000);
    }

    [Fact]
    public async Task A_folder_with_some_files_is_not_taken_for_complete()
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id);
        File.Delete(Path.Join(snapshot.Folder, "vae", "diffusion_pytorch_model.safetensors"));
        var blob = Path.Join(_bench.Repository("ns/pipeline"), "blobs", _model.File("unet/diffusion_pytorch_model.safetensors").Id);
        File.Delete(blob);

        await _bench.Client().DownloadPipelineAsync(Id);

        Assert.All(snapshot.Files, path => Assert.Equal(_model.File(path).Content.ToArray(), File.ReadAllBytes(Path.Join(snapshot.Folder, path))));
    }

    [Fact]
    public async Task A_repository_without_an_index_is_no_pipeline()
    {
        _bench.Server.AddModel("ns/lora", files => files.Add("x.safetensors", "x"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(HubRepositoryId.Parse("ns/lora")));

        Assert.Equal(HubErrorKind.EntryNotFound, exception.Kind);
        Assert.Contains("x.safetensors", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_comes_by_its_repository()
    {
        _bench.Server.AddModel("ns/lora", files => files.AddVirtual("pytorch_lora_weights.safetensors", 1000).AddVirtual("other.safetensors", 1001));

        var snapshot = await _bench.Client().DownloadLoraAsync(HubRepositoryId.Parse("ns/lora"));

        Assert.Equal(["pytorch_lora_weights.safetensors"], snapshot.Files);
        Assert.Equal(1000, File.ReadAllBytes(Path.Join(snapshot.Folder, snapshot.Files[0])).Length);
    }

    [Fact]
    public async Task An_adapter_comes_with_what_says_how_it_is_meant_and_is_enough_without_the_hub()
    {
        var id = HubRepositoryId.Parse("ns/lora");
        var model = _bench.Server.AddModel("ns/lora", files => files.AddVirtual("adapter_model.safetensors", 1000).Add("adapter_config.json", "{}").Add("README.md", "of the tag").Add("picture.png", "x"));
        model.AddTag("v1");
        model.Commit(files => files.Add("README.md", "of main"));

        var snapshot = await _bench.Client().DownloadLoraAsync(id, HubRevision.Parse("v1"));

        Assert.Equal("adapter_model.safetensors", snapshot.Files[0]);
        Assert.Equal(["README.md", "adapter_config.json", "adapter_model.safetensors"], snapshot.Files.Order(StringComparer.Ordinal));
        Assert.Equal("of the tag", File.ReadAllText(Path.Join(snapshot.Folder, "README.md")));
        File.Delete(Path.Join(snapshot.Folder, "README.md"));
        Assert.Equal(["adapter_model.safetensors"], (await _bench.Client(("HF_HUB_OFFLINE", "1")).DownloadLoraAsync(id, HubRevision.Parse("v1"))).Files);
    }

    [Fact]
    public async Task A_model_is_the_pipeline_or_else_the_adapter_with_the_hub_and_without_it()
    {
        var lora = HubRepositoryId.Parse("ns/lora");
        _bench.Server.AddModel("ns/lora", files => files.AddVirtual("pytorch_lora_weights.safetensors", 1000));
        _bench.Server.AddModel("ns/nothing", files => files.Add("README.md", "x"));
        var (adapter, pipeline) = (await _bench.Client().DownloadModelAsync(lora), await _bench.Client().DownloadModelAsync(Id));
        Assert.Equal("pytorch_lora_weights.safetensors", adapter.Files[0]);
        Assert.True(File.Exists(Path.Join(pipeline.Folder, ModelIndex.FileName)));
        var neither = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadModelAsync(HubRepositoryId.Parse("ns/nothing")));
        Assert.Equal(HubErrorKind.EntryNotFound, neither.Kind);
        Assert.Contains("no adapter", neither.Message, StringComparison.Ordinal);

        Assert.Equal(adapter.Files, (await _bench.Client(("HF_HUB_OFFLINE", "1")).DownloadModelAsync(lora)).Files);
        _bench.Server.Faults.Add(FaultRule.OnAny().Fail(503));
        Assert.Equal(adapter.Files, (await _bench.Client().DownloadModelAsync(lora)).Files);
        Assert.Equal(HubErrorKind.Unavailable, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadModelAsync(HubRepositoryId.Parse("ns/new")))).Kind);
    }

    [Fact]
    public async Task A_cached_pipeline_that_lacks_something_is_not_taken_for_an_adapter()
    {
        _bench.Server.AddModel("ns/half", files => files.Add(ModelIndex.FileName, """{"_class_name":"StableDiffusionPipeline","unet":["diffusers","UNet2DConditionModel"]}""").Add("unet/config.json", "{}").AddVirtual("unet/diffusion_pytorch_model.safetensors", 1000).AddVirtual("whole.safetensors", 1001, seed: 1));
        var id = HubRepositoryId.Parse("ns/half");
        await _bench.Client().DownloadFilesAsync(id, [ModelIndex.FileName, "whole.safetensors"]);

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_HUB_OFFLINE", "1")).DownloadModelAsync(id));

        Assert.Equal(HubErrorKind.NotCached, exception.Kind);
        Assert.Contains("unet/config.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_little_room_for_a_pipeline_is_found_before_its_weights()
    {
        _bench.Server.Faults.Add(FaultRule.OnGet("*/tree/*").Change(reply => reply.WithBody(HostedContent.Of(System.Text.Encoding.UTF8.GetString(reply.Body.ToArray()).Replace("700000", "100000000000000", StringComparison.Ordinal)))));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(Id));

        Assert.Equal(HubErrorKind.Disk, exception.Kind);
        Assert.EndsWith("None of these bytes was fetched.", exception.Message, StringComparison.Ordinal); // model_index.json was
        Assert.Equal(0, _bench.Server.Requests.BytesSent(HubOrigin.Storage));
    }

    [Fact]
    public async Task A_hub_that_fails_is_answered_from_the_cache_with_a_warning()
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id);
        _bench.Server.Faults.Add(FaultRule.OnAny().Fail(503));

        Assert.Equal(snapshot.Folder, (await _bench.Client().DownloadPipelineAsync(Id)).Folder);

        Assert.Contains("503", Assert.Single(_bench.Observer.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_version_that_can_not_be_fetched_is_not_passed_over_and_leaves_the_older_one_usable()
    {
        var snapshot = await _bench.Client().DownloadPipelineAsync(Id);
        _model.Commit(files => files.AddVirtual("unet/diffusion_pytorch_model.safetensors", 700_000, seed: 9));
        _bench.Server.Faults.Add(FaultRule.OnHead().Fail(503));

        Assert.Equal(HubErrorKind.Unavailable, (await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(Id))).Kind);
        Assert.Equal(snapshot.Commit, (await _bench.Client(("HF_HUB_OFFLINE", "1")).DownloadPipelineAsync(Id)).Commit);
    }

    [Theory]
    [InlineData(401, "RepoNotFound")]
    [InlineData(403, "GatedRepo")]
    [InlineData(404, "RevisionNotFound")]
    [InlineData(400, null)]
    public async Task A_refusal_is_not_answered_from_the_cache(int status, string? code)
    {
        await _bench.Client().DownloadPipelineAsync(Id);
        _bench.Server.Faults.Add(FaultRule.OnAny().Fail(status, "no", code));

        Assert.Equal(status, (int)(await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(Id))).Status!);
    }

    [Fact]
    public async Task Shards_that_the_index_names_must_be_there()
    {
        _model.Commit(files => files.Remove("vae/diffusion_pytorch_model.safetensors").Add("vae/diffusion_pytorch_model-00001-of-00001.safetensors", "x").Add("vae/diffusion_pytorch_model.safetensors.index.json", """{"weight_map":{"a":"diffusion_pytorch_model-00001-of-00001.safetensors","b":"gone.safetensors"}}"""));

        Assert.Contains("gone.safetensors", (await Assert.ThrowsAsync<HubException>(() => _bench.Client().DownloadPipelineAsync(Id))).Message, StringComparison.Ordinal);
    }
}
