using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Atelier.Artifacts.Hub;
using Atelier.Testing;

namespace Atelier.Benchmarks;

/// <summary>Times downloads from a hub on this machine against curl, and what a cached pipeline costs. The hub is a process of its own.</summary>
internal static class HubBenchmark
{
    private const int Rounds = 5;
    private const long FileByteCount = 2L << 30;
    private const string FileName = "x.safetensors";
    private const string Index = """{"_class_name":"StableDiffusionPipeline","scheduler":["diffusers","DDIMScheduler"],"text_encoder":["transformers","CLIPTextModel"],"tokenizer":["transformers","CLIPTokenizer"],"unet":["diffusers","UNet2DConditionModel"],"vae":["diffusers","AutoencoderKL"]}""";

    private static readonly HubRepositoryId LargeId = HubRepositoryId.Parse("bench/large");
    private static readonly HubRepositoryId PipelineId = HubRepositoryId.Parse("bench/pipeline");

    /// <summary>Runs the comparison and prints it.</summary>
    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("atelier-hub-bench-").FullName;
        try
        {
            var file = Path.Join(folder, "source.bin");
            Fill(file);
            using var server = Serve(file);
            try
            {
                var endpoint = (await server.StandardOutput.ReadLineAsync())!;
                Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, {RuntimeInformation.OSDescription}");
                await DownloadAsync(endpoint, folder);
                await ResolveAsync(endpoint, folder);
            }
            finally
            {
                server.Kill();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Is the hub, until the process ends.</summary>
    /// <param name="file">The large file.</param>
    public static async Task ServeAsync(string file)
    {
        await using var hub = await HubServer.StartAsync();
        hub.AddModel(LargeId.ToString(), files => files.Add(FileName, HostedContent.OfFile(file), isLfs: true));
        hub.AddModel(PipelineId.ToString(), files => files.Add("model_index.json", Index).Add("scheduler/scheduler_config.json", "{}").Add("tokenizer/vocab.json", "{}").Add("tokenizer/merges.txt", "")
            .Add("text_encoder/config.json", "{}").AddVirtual("text_encoder/model.safetensors", 1000).Add("unet/config.json", "{}").AddVirtual("unet/diffusion_pytorch_model.safetensors", 2000)
            .Add("vae/config.json", "{}").AddVirtual("vae/diffusion_pytorch_model.safetensors", 3000));
        Console.WriteLine(hub.Endpoint);
        await Task.Delay(Timeout.InfiniteTimeSpan);
    }

    // curl and ours take turns, so that both meet the same machine.
    private static async Task DownloadAsync(string endpoint, string folder)
    {
        var (curl, ours) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            curl.Add(await CurlAsync($"{endpoint}/{LargeId}/resolve/main/{FileName}", Path.Join(folder, "curl.bin")));
            ours.Add(await OursAsync(endpoint, Path.Join(folder, "cache")));
            Console.WriteLine($"round {round + 1}: curl {FileByteCount / curl[^1] / 1e6,6:0} MB/s   atelier, hashed and flushed to the disk {FileByteCount / ours[^1] / 1e6,6:0} MB/s");
        }

        Console.WriteLine($"medians: {FileByteCount / Median(curl) / 1e6:0} and {FileByteCount / Median(ours) / 1e6:0} MB/s, {100 * Median(curl) / Median(ours):0} % of curl; peak of resident memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB");
    }

    private static async Task ResolveAsync(string endpoint, string folder)
    {
        using var client = new HubClient(Settings(endpoint, Path.Join(folder, "pipeline")));
        var snapshot = await client.DownloadPipelineAsync(PipelineId);
        foreach (var (name, revision) in new[] { ("branch (one question to the hub)", HubRevision.Main), ("commit (none)", HubRevision.Parse(snapshot.Commit)) })
        {
            var times = new List<double>();
            for (var i = 0; i < 30; i++)
            {
                var clock = Stopwatch.StartNew();
                await client.DownloadPipelineAsync(PipelineId, new HubPipelineRequest { Revision = revision });
                times.Add(clock.Elapsed.TotalMilliseconds);
            }

            Console.WriteLine($"cached pipeline by {name}: first {times[0]:0.0} ms, median {Median(times):0.0} ms");
        }
    }

    private static async Task<double> CurlAsync(string address, string target)
    {
        var clock = Stopwatch.StartNew();
        using (var process = Process.Start("curl", ["-sSLf", "-o", target, address]))
        {
            await process.WaitForExitAsync();
        }

        var seconds = clock.Elapsed.TotalSeconds;
        File.Delete(target);
        return seconds;
    }

    private static async Task<double> OursAsync(string endpoint, string cache)
    {
        using var client = new HubClient(Settings(endpoint, cache));
        var clock = Stopwatch.StartNew();
        await client.DownloadFileAsync(LargeId, FileName);
        var seconds = clock.Elapsed.TotalSeconds;
        Directory.Delete(cache, recursive: true);
        return seconds;
    }

    private static HubSettings Settings(string endpoint, string cache) => new() { Endpoint = endpoint, CacheFolder = cache };

    private static Process Serve(string file) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["hub-server", file]) { RedirectStandardOutput = true, UseShellExecute = false })!;

    private static void Fill(string path)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 24];
        for (long written = 0; written < FileByteCount; written += block.Length)
        {
            RandomNumberGenerator.Fill(block);
            stream.Write(block);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
