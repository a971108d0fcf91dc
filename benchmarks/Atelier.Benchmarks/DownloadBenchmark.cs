using System.Diagnostics;
using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Atelier.Training.Runs;

namespace Atelier.Benchmarks;

/// <summary>Downloads of one large file from a hub on this machine, against curl in turn; then what a cached model costs to find.</summary>
internal static class DownloadBenchmark
{
    private const string FileName = "model.safetensors";
    private const int Repeats = 3;
    private const int LookupCount = 20;

    /// <summary>Measures in this process; the server runs in another one.</summary>
    /// <param name="gibibytes">The size of the file.</param>
    public static void Run(double gibibytes)
    {
        Console.WriteLine(Machine.Describe());
        var folder = Directory.CreateTempSubdirectory("atelier-download-").FullName;
        using var server = StartServer((long)(gibibytes * (1L << 30)));
        try
        {
            var endpoint = server.StandardOutput.ReadLine()!;
            for (var i = 0; i < Repeats; i++)
            {
                var curl = Curl($"{endpoint}/ns/large/resolve/main/{FileName}", Path.Combine(folder, "curl"));
                File.Delete(Path.Combine(folder, "curl"));
                var own = Own(endpoint, Path.Combine(folder, $"cache{i}"));
                Directory.Delete(Path.Combine(folder, $"cache{i}"), recursive: true);
                Console.WriteLine($"{gibibytes} GiB: curl {gibibytes / curl:f2} GiB/s, hub download with its checks {gibibytes / own:f2} GiB/s, {curl / own:f2} of curl, peak memory {Memory.PeakGibibytes() * 1024:f0} MiB");
            }

            Lookups(endpoint, Path.Combine(folder, "lookups"));
        }
        finally
        {
            server.Kill();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Serves until it is killed.</summary>
    /// <param name="byteCount">The size of the large file.</param>
    public static void Serve(long byteCount)
    {
        var hub = HubServer.StartAsync().GetAwaiter().GetResult();
        var large = hub.AddModel("ns/large", files => files.AddVirtual(FileName, byteCount));
        hub.AddModel("ns/tiny-sd", files => files.AddFolder(ModelLocator.Find(ModelLocator.EmbeddedName)!));
        _ = large.File(FileName).Content.Sha256; // computed before anybody waits for it
        Console.WriteLine(hub.Endpoint);
        Thread.Sleep(Timeout.Infinite);
    }

    private static Process StartServer(long byteCount) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", $"{byteCount}"]) { RedirectStandardOutput = true, UseShellExecute = false })!;

    private static double Curl(string address, string target)
    {
        var watch = Stopwatch.StartNew();
        using var curl = Process.Start(new ProcessStartInfo("curl", ["-sSfL", "-o", target, address]))!;
        curl.WaitForExit();
        return curl.ExitCode == 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException("curl failed.");
    }

    private static double Own(string endpoint, string cache)
    {
        using var client = Client(endpoint, cache);
        var watch = Stopwatch.StartNew();
        client.DownloadFileAsync(HubRepositoryId.Parse("ns/large"), FileName).GetAwaiter().GetResult();
        return watch.Elapsed.TotalSeconds;
    }

    private static void Lookups(string endpoint, string cache)
    {
        foreach (var isOffline in (bool[])[false, true])
        {
            using var client = Client(endpoint, cache, isOffline);
            Find(client);
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < LookupCount; i++)
            {
                Find(client);
            }

            Console.WriteLine($"finding a cached model, {(isOffline ? "offline" : "asking the hub for its branch")}: {watch.Elapsed.TotalMilliseconds / LookupCount:f1} ms");
        }

        static void Find(HubClient client) => ModelSource.FindAsync(new ModelRequest { Model = "ns/tiny-sd" }, client).GetAwaiter().GetResult();
    }

    private static HubClient Client(string endpoint, string cache, bool isOffline = false) =>
        new(HubSettings.Read(new Dictionary<string, string>(StringComparer.Ordinal) { ["HF_ENDPOINT"] = endpoint, ["HF_HOME"] = cache, ["HF_HUB_OFFLINE"] = isOffline ? "1" : "0" }));
}
