using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Atelier.Training.Ddpo;
using Atelier.Training.Runs;

namespace Atelier.Benchmarks;

/// <summary>Times downloads from a hub on this machine against curl, and what a cached pipeline costs. The hub is a process of its own.</summary>
internal static class HubBenchmark
{
    private const int Rounds = 5;
    private const int Loads = 7;
    private const long FileByteCount = 4L << 30;
    private const string FileName = "x.safetensors";
    private const string MemoryFolder = "/dev/shm";

    private static readonly HubRepositoryId LargeId = HubRepositoryId.Parse("bench/large");
    private static readonly HubRepositoryId PipelineId = HubRepositoryId.Parse("bench/pipeline");

    /// <summary>Runs the comparison and prints it.</summary>
    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("atelier-hub-bench-").FullName;
        try
        {
            using var server = Serve();
            try
            {
                var endpoint = (await server.StandardOutput.ReadLineAsync())!;
                Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, {RuntimeInformation.OSDescription}");
                await DownloadAsync(endpoint, folder, "on the disk");
                await DownloadInMemoryAsync(endpoint);
                var snapshot = await ResolveAsync(endpoint, Path.Join(folder, "pipeline"));
                await LoadAsync(endpoint, Path.Join(folder, "pipeline"), snapshot);
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

    /// <summary>Is the hub, until the process ends. The large file is made up as it is sent, so that the hub takes as little as it can of processors that it shares with what is measured.</summary>
    public static async Task ServeAsync()
    {
        await using var hub = await HubServer.StartAsync();
        var large = HostedContent.Virtual(FileByteCount);
        _ = large.Sha256; // takes seconds, once: not while somebody waits for an answer
        hub.AddModel(LargeId.ToString(), files => files.Add(FileName, large, isLfs: true));
        hub.AddModel(PipelineId.ToString(), files => files.AddFolder(ModelLocator.Find(ModelLocator.EmbeddedName)!));
        Console.WriteLine(hub.Endpoint);
        await Task.Delay(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Loads a pipeline once, in a process that has done nothing before, and prints how long it took.</summary>
    /// <param name="name">A folder, or the id of a repository.</param>
    /// <param name="revision">The branch or commit.</param>
    public static void LoadOnce(string name, string revision)
    {
        var clock = Stopwatch.StartNew();
        using var pipeline = DefaultDdpoStableDiffusionPipeline.FromPretrained(name, new DdpoPipelineOptions { Revision = revision });
        Console.WriteLine(clock.Elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture));
    }

    // curl and ours take turns, so that all meet the same machine. curl leaves the file to the kernel and checks nothing; the second figure is for curl with what it wrote flushed to the disk.
    private static async Task DownloadAsync(string endpoint, string folder, string place)
    {
        var (curl, flushed, ours) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            Touch(folder);
            var (received, safe) = await CurlAsync($"{endpoint}/{LargeId}/resolve/main/{FileName}", Path.Join(folder, "curl.bin"));
            curl.Add(received);
            flushed.Add(safe);
            Touch(folder);
            ours.Add(await OursAsync(endpoint, Path.Join(folder, "cache")));
            Console.WriteLine($"{place}, round {round + 1}: curl {Speed(received)} MB/s   curl, flushed {Speed(safe)} MB/s   atelier, hashed and flushed {Speed(ours[^1])} MB/s");
        }

        Console.WriteLine($"{place}, medians: {Speed(Median(curl))}, {Speed(Median(flushed))} and {Speed(Median(ours))} MB/s: {100 * Median(curl) / Median(ours):0} % of curl, {100 * Median(flushed) / Median(ours):0} % of curl flushed; a file of {FileByteCount / 1e9:0.0} GB, peak of resident memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB");
    }

    // In a file system that is memory no disk is waited for, so this compares the work of the two programs.
    private static async Task DownloadInMemoryAsync(string endpoint)
    {
        if (!Directory.Exists(MemoryFolder) || new DriveInfo(MemoryFolder).AvailableFreeSpace < 2 * FileByteCount)
        {
            Console.WriteLine($"in memory: not measured, {MemoryFolder} has not the room");
            return;
        }

        var folder = Directory.CreateDirectory(Path.Join(MemoryFolder, Path.GetRandomFileName())).FullName;
        try
        {
            await DownloadAsync(endpoint, folder, "in memory");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<HubSnapshot> ResolveAsync(string endpoint, string cache)
    {
        using var client = new HubClient(Settings(endpoint, cache));
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

        return snapshot;
    }

    // What FromPretrained takes by the id of a cached repository, and by the path of the same files; each time in a fresh process, in turns.
    private static async Task LoadAsync(string endpoint, string cache, HubSnapshot snapshot)
    {
        (string Label, string Name, string Revision, bool IsOffline)[] ways =
        [
            ("folder", snapshot.Folder, "main", false),
            ("id and branch", PipelineId.ToString(), "main", false),
            ("id and commit", PipelineId.ToString(), snapshot.Commit, false),
            ("id and branch, offline", PipelineId.ToString(), "main", true),
        ];
        var times = ways.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < Loads; round++)
        {
            foreach (var (index, (_, name, revision, isOffline)) in ways.Index())
            {
                times[index].Add(await ChildAsync(endpoint, cache, name, revision, isOffline));
            }
        }

        var folder = Median(times[0]);
        Console.WriteLine($"FromPretrained in a fresh process, medians of {Loads}: by {ways[0].Label} {folder:0} ms");
        foreach (var (index, (label, _, _, _)) in ways.Index().Skip(1))
        {
            Console.WriteLine($"  by {label}: {Median(times[index]) - folder:+0;-0} ms");
        }
    }

    private static async Task<double> ChildAsync(string endpoint, string cache, string name, string revision, bool isOffline)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["hub-load", name, revision]) { RedirectStandardOutput = true, UseShellExecute = false };
        (start.Environment["HF_ENDPOINT"], start.Environment["HF_HUB_CACHE"], start.Environment["HF_HUB_OFFLINE"]) = (endpoint, cache, isOffline ? "1" : "0");
        using var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return double.Parse(line, CultureInfo.InvariantCulture);
    }

    private static async Task<(double Received, double Flushed)> CurlAsync(string address, string target)
    {
        var clock = Stopwatch.StartNew();
        using (var process = Process.Start("curl", ["-sSLf", "-o", target, address]))
        {
            await process.WaitForExitAsync();
        }

        var received = clock.Elapsed.TotalSeconds;
        using (var file = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
        }

        var flushed = clock.Elapsed.TotalSeconds;
        File.Delete(target);
        return (received, flushed);
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

    private static Process Serve() => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["hub-server"]) { RedirectStandardOutput = true, UseShellExecute = false })!;

    // Memory that a virtual machine has not touched for a while is slow when it is touched first; who came second would meet less of it.
    private static void Touch(string folder)
    {
        var path = Path.Join(folder, "touched.bin");
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            var block = new byte[1 << 24];
            for (long written = 0; written < FileByteCount; written += block.Length)
            {
                RandomAccess.Write(file, block, written);
            }
        }

        File.Delete(path);
    }

    private static string Speed(double seconds) => (FileByteCount / seconds / 1e6).ToString("0", CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
