using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Atelier.Training.Runs;

/// <summary>Holds how a run came about: versions, machine, model, outcome.</summary>
public sealed record RunManifest
{
    /// <summary>The status of a run that goes on, or was killed.</summary>
    public const string Running = "running";

    /// <summary>The status of a run that came to its end.</summary>
    public const string Done = "done";

    /// <summary>The status of a run that somebody stopped.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>The status of a run that failed.</summary>
    public const string Failed = "failed";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Gets how the run stands: <c>running</c>, <c>done</c>, <c>interrupted</c> or <c>failed</c>. A run that says <c>running</c> without a process was killed.</summary>
    public string Status { get; init; } = Running;

    /// <summary>Gets what the run failed of; null unless it did.</summary>
    public string? Error { get; init; }

    /// <summary>Gets when the run was started.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Gets when it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Gets what was typed at the start.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Gets the version of Atelier.</summary>
    public string Atelier { get; init; } = VersionOf(typeof(RunManifest).Assembly);

    /// <summary>Gets the version of .NET.</summary>
    public string Dotnet { get; init; } = RuntimeInformation.FrameworkDescription;

    /// <summary>Gets the version of TorchSharp.</summary>
    public string TorchSharp { get; init; } = VersionOf(typeof(TorchSharp.torch).Assembly);

    /// <summary>Gets the operating system.</summary>
    public string OperatingSystem { get; init; } = RuntimeInformation.OSDescription;

    /// <summary>Gets the processor's name.</summary>
    public string Processor { get; init; } = ProcessorName();

    /// <summary>Gets the number of processors.</summary>
    public int ProcessorCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Gets how many threads compute.</summary>
    public int Threads { get; init; }

    /// <summary>Gets the device of the networks.</summary>
    public string Device { get; init; } = "";

    /// <summary>Gets the run's seed.</summary>
    public long Seed { get; init; }

    /// <summary>Gets the name of the model that the run began with.</summary>
    public string Model { get; init; } = "";

    /// <summary>Gets the commit of that model on the hub; null where it came from elsewhere.</summary>
    public string? ModelCommit { get; init; }

    /// <summary>Gets the folder of the model that the run began with.</summary>
    public string ModelFolder { get; init; } = "";

    /// <summary>Gets the SHA-256 of each of the model's weight files, by its path in the folder; empty until they are computed.</summary>
    public IReadOnlyDictionary<string, string> ModelFiles { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets the hub's repository that the trained model was last uploaded to; null for none.</summary>
    public string? PublishedTo { get; init; }

    /// <summary>Gets when and where the run was resumed.</summary>
    public IReadOnlyList<RunResumption> Resumptions { get; init; } = [];

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The manifest, or null when the file is missing or damaged.</returns>
    public static RunManifest? Find(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RunManifest>(File.ReadAllText(path), Json) : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the manifest; a reader sees the old file or the whole new one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path)
    {
        var temporary = path + ".partial";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, Json) + "\n");
        File.Move(temporary, path, overwrite: true);
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "";

    private static string ProcessorName()
    {
        const string Linux = "/proc/cpuinfo";
        try
        {
            var line = File.Exists(Linux) ? File.ReadLines(Linux).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
                ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
                ?? RuntimeInformation.ProcessArchitecture.ToString();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}
