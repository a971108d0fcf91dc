using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

/// <summary>A hub with a model that alice may write to, and a folder to upload.</summary>
internal sealed class UploadBench : IAsyncDisposable
{
    public const string Id = "alice/lora";
    public const string Token = "hf_alice_secret";
    public const string ReadToken = "hf_alice_reads";
    public const string BobsToken = "hf_bob_secret";
    public const string CommitPath = "/api/models/alice/lora/commit/main";
    public const string BatchPath = "/alice/lora.git/info/lfs/objects/batch";
    public const string CompletionPath = "/api/complete_multipart";
    public const int PartSize = 100_000;
    public const int LargeSize = (3 * PartSize) + 5;
    public const string Card = "---\nlicense: mit\n---\n# A model\n";

    private readonly HubBench _bench;
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private UploadBench(HubBench bench)
    {
        _bench = bench;
        Directory.CreateDirectory(Folder);
        Model = Server.AddModel(Id, static files => files.Add("config.json", "{}").Add(".gitattributes", "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"));
        Server.AddUser("alice", Token).In("acme");
        Server.AddUser("alice", ReadToken, TokenRole.Read);
        Server.AddUser("bob", BobsToken);
        Head = Model.Sha;
    }

    public HubServer Server => _bench.Server;

    public RecordingObserver Observer => _bench.Observer;

    public HostedModel Model { get; }

    /// <summary>The model's head before the upload.</summary>
    public string Head { get; }

    public string Folder => Path.Join(_bench.Folder, "upload");

    public static async Task<UploadBench> StartAsync(HubServerOptions? options = null)
    {
        options ??= new HubServerOptions();
        (options.MultipartThreshold, options.ChunkSize) = (200_000, PartSize);
        return new UploadBench(await HubBench.StartAsync(options));
    }

    /// <summary>Puts a file of each kind into the folder: a card, a small file, an object in one piece, an object in four parts.</summary>
    public UploadBench WithUsualFiles()
    {
        Write("README.md", System.Text.Encoding.UTF8.GetBytes(Card));
        Write("scheduler/config.json", "{\"steps\": 50}"u8.ToArray());
        Write("small.safetensors", Bytes(5000));
        Write("unet/large.safetensors", Bytes(LargeSize));
        return this;
    }

    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public void Write(string path, byte[] content)
    {
        var local = Path.Join(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(local)!);
        File.WriteAllBytes(local, content);
        _files[path] = content;
    }

    public void Change(string path) => File.AppendAllText(Path.Join(Folder, path), "more");

    public async Task<HubUploadReport> UploadAsync(Func<HubUploadRequest, HubUploadRequest>? change = null, string token = Token, Func<HubSettings, HubSettings>? settings = null, CancellationToken cancellation = default)
    {
        var request = new HubUploadRequest { Repository = HubRepositoryId.Parse(Id), Folder = Folder };
        var usual = _bench.Settings(("HF_TOKEN", token)) with { WriteTimeout = TimeSpan.FromSeconds(20) };
        using var client = _bench.Client(settings?.Invoke(usual) ?? usual);
        return await client.UploadAsync(change?.Invoke(request) ?? request, cancellation);
    }

    public async Task<HubException> RefusedAsync(Func<HubUploadRequest, HubUploadRequest>? change = null, string token = Token)
    {
        var exception = await Assert.ThrowsAsync<HubException>(() => UploadAsync(change, token));
        Assert.True(token.Length == 0 || !exception.ToString().Contains(token, StringComparison.Ordinal), "The message shows the token.");
        Assert.DoesNotContain("Signature=", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        return exception;
    }

    public FaultRule Fault(FaultRule rule) => Server.Faults.Add(rule);

    public IReadOnlyList<ReceivedRequest> Puts() => Server.Requests.Matching("PUT", "*");

    public int CommitCount() => Server.Requests.CountOf("POST", "/api/models/*/commit/*");

    public void AssertUntouched()
    {
        Assert.Equal(Head, Model.Sha);
        Assert.Empty(Server.Requests.LeakedTokens());
    }

    /// <summary>The head is one commit on the old one and holds the folder's files.</summary>
    public void AssertUploaded(string revision = "main")
    {
        var head = Model.Head(revision);
        Assert.Equal(Head, head.Parent?.Id);
        foreach (var (path, content) in _files)
        {
            Assert.True(head.Files.TryGetValue(path, out var file), $"{path} is missing.");
            Assert.True(content.AsSpan().SequenceEqual(file.Content.ToArray()), $"{path} differs.");
        }

        AssertWellBehaved();
    }

    public void AssertWellBehaved()
    {
        _bench.AssertWellBehaved();
        Assert.All(Server.Requests.Where(request => request.Method == "PUT"), request => Assert.Null(request.Authorization));
    }

    /// <summary>Changes an answer in JSON.</summary>
    public static Func<Reply, Reply> Json(Action<JsonObject> change) => reply =>
    {
        var json = JsonNode.Parse(reply.Body.ToArray())!.AsObject();
        change(json);
        return reply.WithBody(HostedContent.Of(json.ToJsonString()));
    };

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
