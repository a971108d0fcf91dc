using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Safetensors;
using Atelier.Diffusion.Adapters;
using Atelier.Diffusion.Pipelines;
using Atelier.Diffusion.Tensors;
using Atelier.Testing;
using Atelier.Tests.Parity;
using Atelier.Tests.Shared;
using Atelier.Training.Ddpo;
using Atelier.Training.Runs;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Training.Hub;

/// <summary>Models and LoRAs by their id, against a double of the hub.</summary>
public sealed class HubModelTests : IDisposable
{
    private const string Token = "hf_alice";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("atelier-hub-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_pipeline_is_loaded_by_its_id_and_only_what_it_needs_is_fetched()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained("ns/base", new DdpoPipelineOptions { Hub = hub });
        Assert.Equal(server.Model("ns/base").Sha, pipeline.Source!.Commit);
        Assert.Equal("ns/base", pipeline.Source.PublicName);
        Assert.Equal(0, server.Requests.CountOf("GET", "*README.md*"));
        TensorAssert.Close(Draw(GoldenFolder.At("tiny-sd1")), Draw(pipeline.Pipeline), 0, "pictures");
    }

    [Fact]
    public async Task A_pipeline_that_has_pickles_only_draws_the_same_pictures()
    {
        await using var server = await ServeAsync();
        var folder = Path.Combine(_folder.FullName, "pickles");
        foreach (var path in Directory.EnumerateFiles(GoldenFolder.At("tiny-sd1"), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(GoldenFolder.At("tiny-sd1"), path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.GetExtension(path) is not ".safetensors")
            {
                File.Copy(path, target);
                continue;
            }

            using var source = SafetensorsFile.Open(path);
            var name = Path.GetFileNameWithoutExtension(path);
            var pickle = Path.Combine(Path.GetDirectoryName(target)!, name is "model" ? "pytorch_model.bin" : $"{name}.bin");
            await File.WriteAllBytesAsync(pickle, TorchFile.Zip(SavedTensor.All(source)), TestContext.Current.CancellationToken);
        }

        server.AddModel("ns/pickles", files => files.AddFolder(folder));
        using var hub = Client(server);
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained("ns/pickles", new DdpoPipelineOptions { Hub = hub, UseLora = false });

        Assert.Empty(Directory.EnumerateFiles(pipeline.Source!.Folder, "*.safetensors", SearchOption.AllDirectories));
        TensorAssert.Close(Draw(GoldenFolder.At("tiny-sd1")), Draw(pipeline.Pipeline), 0, "pictures");

        // what is written is safetensors, and draws them too
        var final = Directory.CreateDirectory(Path.Combine(_folder.FullName, "final")).FullName;
        pipeline.SavePretrained(final);
        Assert.Empty(Directory.EnumerateFiles(final, "*.bin", SearchOption.AllDirectories));
        TensorAssert.Close(Draw(GoldenFolder.At("tiny-sd1")), Draw(final), 0, "pictures");
        Assert.Empty(server.Violations);
    }

    [Fact]
    public async Task A_pushed_lora_is_loaded_with_its_base_and_draws_the_same_pictures()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained("ns/base", new DdpoPipelineOptions { Hub = hub, Lora = new LoraOptions { Rank = 2, Alpha = 4 } });
        using var trainer = Trainer(pipeline);
        await trainer.TrainAsync(TestContext.Current.CancellationToken);

        var report = await trainer.PushToHubAsync(new RunPublication { Repository = HubRepositoryId.Parse("my-lora") }, hub, TestContext.Current.CancellationToken);

        Assert.Equal("alice/my-lora", report.Repository.ToString());
        Assert.Contains("pytorch_lora_weights.safetensors", report.Uploaded);
        var card = System.Text.Encoding.UTF8.GetString(server.Model("alice/my-lora").File("README.md").Content.ToArray());
        using var loaded = DefaultDdpoStableDiffusionPipeline.FromPretrained("alice/my-lora", new DdpoPipelineOptions { Hub = Client(server, "second") });
        Assert.Equal("ns/base", loaded.Source!.Name);
        pipeline.PrepareRollout();
        loaded.PrepareRollout();
        TensorAssert.Close(Draw(pipeline.Pipeline), Draw(loaded.Pipeline), 1e-6, "pictures");
        Assert.Contains($"--prompt \"{TinyRunSetup.PromptList[0]}\"", card, StringComparison.Ordinal);
        Assert.Contains("| `mixed_precision` | no |", card, StringComparison.Ordinal);
        Assert.Empty(server.Violations);
    }

    [Fact]
    public async Task A_lora_without_a_named_base_takes_the_one_on_its_card()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        WriteLora();
        server.AddModel("ns/other-lora", files => files
            .Add("README.md", "---\nbase_model: ns/base\n---\n# A LoRA\n")
            .Add("lora.safetensors", File.ReadAllBytes(Path.Combine(_folder.FullName, "lora.safetensors"))));

        var source = await ModelSource.FindAsync(new ModelRequest { Model = "ns/other-lora" }, () => hub, TestContext.Current.CancellationToken);

        Assert.Equal("ns/base", source.Name);
        Assert.EndsWith("lora.safetensors", source.Lora, StringComparison.Ordinal);
        var refusal = Assert.Throws<ArgumentException>(() => DefaultDdpoStableDiffusionPipeline.FromPretrained("ns/other-lora", new DdpoPipelineOptions { Hub = hub, UseLora = false }));
        Assert.Contains("is a LoRA of ns/base", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_base_of_a_lora_is_the_one_on_the_card_of_its_own_revision_and_is_known_offline()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        WriteLora();
        var model = server.AddModel("ns/moved", files => files
            .Add("README.md", "---\nbase_model: ns/base\n---\n")
            .Add("lora.safetensors", File.ReadAllBytes(Path.Combine(_folder.FullName, "lora.safetensors"))));
        model.AddTag("v1");
        model.Commit(files => files.Add("README.md", "---\nbase_model: ns/gone\n---\n"));
        var (asLora, asModel) = (new ModelRequest { Lora = "ns/moved", LoraRevision = "v1" }, new ModelRequest { Model = "ns/moved", Revision = "v1" });

        Assert.Equal("ns/base", (await ModelSource.FindAsync(asLora, () => hub, TestContext.Current.CancellationToken)).Name);
        Assert.Equal("ns/base", (await ModelSource.FindAsync(asModel, () => hub, TestContext.Current.CancellationToken)).Name);
        Assert.Contains("ns/gone", (await Assert.ThrowsAsync<HubException>(() => ModelSource.FindAsync(new ModelRequest { Lora = "ns/moved" }, () => hub, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);

        using var other = Client(server, "second");
        await other.DownloadModelAsync(HubRepositoryId.Parse("ns/moved"), new HubPipelineRequest { Revision = HubRevision.Parse("v1") }, TestContext.Current.CancellationToken);
        await other.DownloadModelAsync(HubRepositoryId.Parse("ns/base"), cancellation: TestContext.Current.CancellationToken);
        await server.DisposeAsync();
        using HubClient offline = new(other.Settings with { OfflineReason = "HF_HUB_OFFLINE" });
        Assert.Equal("ns/base", (await ModelSource.FindAsync(asLora, () => offline, TestContext.Current.CancellationToken)).Name);
    }

    [Fact]
    public async Task A_failed_push_keeps_the_model_and_says_how_to_try_again()
    {
        await using var server = await ServeAsync();
        server.Faults.Add(FaultRule.OnPost("*/commit/*").Fail(412, "A commit has happened since. Please refresh and try again."));
        using var hub = Client(server);
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(GoldenFolder.At("tiny-sd1"));
        using var trainer = Trainer(pipeline);

        var exception = await Assert.ThrowsAsync<HubException>(() => trainer.PushToHubAsync(new RunPublication { Repository = HubRepositoryId.Parse("alice/x") }, hub, TestContext.Current.CancellationToken));

        var command = exception.Message[exception.Message.IndexOf("atelier hub upload alice/x ", StringComparison.Ordinal)..].Split(' ');
        Assert.True(File.Exists(Path.Combine(command[4], "pytorch_lora_weights.safetensors")));
        Directory.Delete(Path.GetDirectoryName(command[4])!, recursive: true);
    }

    [Fact]
    public async Task A_pipeline_that_lacks_something_is_not_taken_for_a_lora()
    {
        await using var server = await ServeAsync();
        server.AddModel("ns/half", files => files.AddFolder(GoldenFolder.At("tiny-sd1")).Add("one.safetensors", "checkpoint"));
        using var hub = Client(server);
        var exception = await Assert.ThrowsAsync<HubException>(() => ModelSource.FindAsync(new ModelRequest { Model = "ns/half", Variant = "fp8" }, () => hub, TestContext.Current.CancellationToken));
        Assert.Contains("fp8", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Requests.CountOf("GET", "*one.safetensors*"));
    }

    [Fact]
    public async Task A_lora_that_says_nothing_of_its_base_is_refused()
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        WriteLora();
        server.AddModel("ns/bare", files => files.Add("lora.safetensors", File.ReadAllBytes(Path.Combine(_folder.FullName, "lora.safetensors"))));
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => ModelSource.FindAsync(new ModelRequest { Lora = "ns/bare" }, () => hub, TestContext.Current.CancellationToken));
        Assert.Contains("give pretrained_model", exception.Message, StringComparison.Ordinal);
        Assert.Equal(ModelLocator.EmbeddedName, (await ModelSource.FindAsync(new ModelRequest { Model = "tiny-sd", Lora = "ns/bare" }, () => hub, TestContext.Current.CancellationToken)).Name);
    }

    [Fact]
    public void A_revision_of_what_has_none_is_a_complaint()
    {
        Assert.Contains(ModelSource.Problems(new ModelRequest { Model = "tiny-sd", Revision = "v2" }), problem => problem.StartsWith("pretrained_revision v2 means nothing here", StringComparison.Ordinal));
        Assert.Empty(ModelSource.Problems(new ModelRequest { Model = "ns/base", Revision = "v2" }));
        Assert.Contains(ModelSource.Problems(new ModelRequest { Model = "tiny-sd", LoraRevision = "v2" }), problem => problem.StartsWith("lora_revision v2 means nothing here", StringComparison.Ordinal));
        Assert.Contains(ModelSource.Problems(new ModelRequest { Lora = _folder.FullName, LoraRevision = "v2" }), problem => problem.StartsWith("lora_revision v2 means nothing here", StringComparison.Ordinal));
        Assert.Empty(ModelSource.Problems(new ModelRequest { Lora = "ns/lora", LoraRevision = "v2" }));
    }

    [Fact]
    public void A_whole_model_of_a_variant_is_written_under_plain_names_and_without_what_was_not_loaded()
    {
        var (start, final) = (Path.Combine(_folder.FullName, "start"), Path.Combine(_folder.FullName, "final"));
        foreach (var file in Directory.EnumerateFiles(GoldenFolder.At("tiny-sd1"), "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(GoldenFolder.At("tiny-sd1"), file);
            var target = Path.Combine(start, name.StartsWith("vae", StringComparison.Ordinal) ? name : name.Replace(".safetensors", ".fp16.safetensors", StringComparison.Ordinal));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.WriteAllText(Path.Combine(start, "v1-5-pruned.safetensors"), "a checkpoint of another kind");
        File.WriteAllText(Path.Combine(start, "vae", "diffusion_pytorch_model.bin"), "a pickle");
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(start, new DdpoPipelineOptions { UseLora = false, Variant = "fp16" });
        Directory.CreateDirectory(final);
        pipeline.SavePretrained(final);

        TensorAssert.Close(Draw(pipeline.Pipeline), Draw(final), 0, "pictures");
        Assert.DoesNotContain(Directory.EnumerateFiles(final, "*", SearchOption.AllDirectories), file => Path.GetFileName(file) is "v1-5-pruned.safetensors" or "diffusion_pytorch_model.bin" || file.Contains("fp16", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("a/b/c")]
    public async Task A_name_that_is_no_model_is_refused_without_asking(string name)
    {
        await using var server = await ServeAsync();
        using var hub = Client(server);
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => ModelSource.FindAsync(new ModelRequest { Model = name }, () => hub, TestContext.Current.CancellationToken));
        Assert.Contains("nor a repository of the hub", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Requests.CountOf("*", "*"));
    }

    [Theory]
    [InlineData("ns/lora")]
    [InlineData("ns/other")]
    public async Task A_lora_of_a_lora_is_refused_online_and_from_the_cache(string other)
    {
        await using var server = await HubServer.StartAsync();
        server.AddUser("alice", Token);
        server.AddModel("ns/lora", files => files.Add("pytorch_lora_weights.safetensors", Adapter()).Add("README.md", $"---\nbase_model: {other}\n---\n"));
        if (other is not "ns/lora")
        {
            server.AddModel(other, files => files.Add("pytorch_lora_weights.safetensors", Adapter()).Add("README.md", "---\nbase_model: ns/lora\n---\n"));
        }

        using var hub = Client(server);

        var online = await Assert.ThrowsAsync<ArgumentException>(() => ModelSource.FindAsync(new ModelRequest { Model = "ns/lora" }, () => hub, TestContext.Current.CancellationToken));
        var requestCount = server.Requests.Count;
        var cached = Assert.Throws<ArgumentException>(() => DefaultDdpoStableDiffusionPipeline.FromPretrained("ns/lora", new DdpoPipelineOptions { Hub = hub }));

        Assert.Contains("which is a LoRA itself", online.Message, StringComparison.Ordinal);
        Assert.Equal(online.Message, cached.Message);
        Assert.InRange(requestCount, 1, 40);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_lora_of_the_hub_names_as_its_base_is_no_path_here(bool isOnCard)
    {
        var local = Directory.CreateDirectory(Path.Combine(_folder.FullName, "private", "model")).FullName;
        await File.WriteAllTextAsync(Path.Combine(local, "model_index.json"), "{}", TestContext.Current.CancellationToken);
        await using var server = await HubServer.StartAsync();
        server.AddUser("alice", Token);
        server.AddModel("ns/lora", files =>
        {
            files.Add("pytorch_lora_weights.safetensors", Adapter());
            _ = isOnCard ? files.Add("README.md", $"---\nbase_model: {local}\n---\n") : files.Add("adapter_config.json", $$"""{"base_model_name_or_path": "{{local}}"}""");
        });
        using var hub = Client(server);

        var exception = await Assert.ThrowsAsync<ArgumentException>(() => ModelSource.FindAsync(new ModelRequest { Model = "ns/lora" }, () => hub, TestContext.Current.CancellationToken));

        Assert.Contains("give pretrained_model", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_neither_on_the_hub_nor_here_is_told_as_both()
    {
        await using var server = await HubServer.StartAsync();
        server.AddUser("alice", Token);
        using var hub = Client(server);

        var exception = await Assert.ThrowsAsync<HubException>(() => ModelSource.FindAsync(new ModelRequest { Model = "runs/nope" }, () => hub, TestContext.Current.CancellationToken));

        Assert.Contains("There is no file or folder runs/nope here either.", exception.Message, StringComparison.Ordinal);
    }

    private static byte[] Adapter()
    {
        var header = """{"__metadata__":{"format":"pt"},"unet.a.lora_A.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"""u8.ToArray();
        return [.. BitConverter.GetBytes((long)header.Length), .. header, 0, 0, 0, 0];
    }

    private void WriteLora()
    {
        using var network = StableDiffusionComponents.Load(GoldenFolder.At("tiny-sd1"), Placement.Cpu);
        using Generator generator = new(3);
        LoraFile.WriteDiffusers(Path.Combine(_folder.FullName, "lora.safetensors"), LoraAdapters.Create(network.Unet, new LoraOptions(), generator));
    }

    private static DdpoTrainer Trainer(DefaultDdpoStableDiffusionPipeline pipeline) => new(
        TinyRunSetup.Usual with { NumEpochs = 1 },
        new Atelier.Rewards.LambdaReward("redness", TinyRun.Redness),
        Atelier.Training.Rollouts.Prompts.FromList(TinyRunSetup.PromptList),
        pipeline);

    private static async Task<HubServer> ServeAsync()
    {
        var server = await HubServer.StartAsync();
        server.AddUser("alice", Token);
        server.AddModel("ns/base", files => files.AddFolder(GoldenFolder.At("tiny-sd1")).Add("README.md", "---\nlicense: mit\n---\n# A base model\n"));
        return server;
    }

    private static Tensor Draw(string folder)
    {
        using var pipeline = new StableDiffusionPipeline(StableDiffusionComponents.Load(folder, Placement.Cpu));
        return Draw(pipeline);
    }

    private static Tensor Draw(StableDiffusionPipeline pipeline) =>
        pipeline.Generate(new GenerationRequest { Prompts = ["a red circle"], Seeds = [3], StepCount = 2, Width = 16, Height = 16 });

    private HubClient Client(HubServer server, string cache = "first") => new(HubSettings.Read(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HF_ENDPOINT"] = server.Endpoint,
        ["HF_HOME"] = Path.Combine(_folder.FullName, cache),
        ["HF_TOKEN"] = Token,
    }));
}
