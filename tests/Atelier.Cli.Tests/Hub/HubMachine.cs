using System.Collections;
using System.Text;
using Atelier.Cli;
using Atelier.Testing;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>
/// A machine with an empty cache and a hub that it can reach. Commands run as processes of their own; after each, nothing that they printed may hold a token, a key or a stack trace,
/// and the hub may have nothing to complain of.
/// </summary>
internal sealed class HubMachine : IAsyncDisposable
{
    /// <summary>The beginning of every token here, so that a leak is found wherever it is.</summary>
    public const string TokenStart = "hf_secret";

    public const string Token = TokenStart + "Alice7f3a";

    private static readonly string[] Inherited = ["HF_", "HUGGING", "TRANSFORMERS_", "SSL_CERT", "REQUESTS_", "ATELIER_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NO_COLOR"];

    private readonly bool _ownsServer;

    private HubMachine(HubServer server, bool ownsServer)
    {
        (Server, _ownsServer) = (server, ownsServer);
        Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => ((string)entry.Key, (string?)entry.Value ?? ""))
            .Where(entry => !Array.Exists(Inherited, start => entry.Item1.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(entry => entry.Item1, entry => entry.Item2, StringComparer.Ordinal);
        Variables["HF_HOME"] = At("hf");
        Variables["HF_HUB_CACHE"] = Cache;
        Variables["HF_ENDPOINT"] = server.Endpoint;
    }

    public static string TinyModel { get; } = GoldenFolder.At("tiny-sd1");

    public HubServer Server { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("atelier-hub-").FullName;

    public string Cache => At("hf", "hub");

    public Dictionary<string, string> Variables { get; }

    /// <summary>Starts a hub of its own, where alice may write.</summary>
    public static async Task<HubMachine> StartAsync(HubServerOptions? options = null)
    {
        var server = await HubServer.StartAsync(options);
        server.AddUser("alice", Token).In("acme").In("readers", "read");
        return new HubMachine(server, ownsServer: true);
    }

    /// <summary>Another machine, which has nothing of the first one's cache, before the same hub.</summary>
    public static HubMachine Beside(HubMachine other) => new(other.Server, ownsServer: false);

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    public string Repository(string id) => Path.Combine(Cache, "models--" + id.Replace("/", "--", StringComparison.Ordinal));

    public HubMachine With(string variable, string value)
    {
        Variables[variable] = value;
        return this;
    }

    public HubMachine LogIn(string token = Token) => With("HF_TOKEN", token);

    public CommandProcess Start(params string[] arguments) =>
        CommandProcess.Start("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "atelier.dll"), .. arguments], Folder, Variables);

    /// <summary>Runs a command as somebody whom rights bind, even where the tests run as root; null where that is not possible.</summary>
    public async Task<CommandResult?> RunBoundAsync(params string[] arguments)
    {
        const string Program = "/usr/bin/setpriv";
        if (!Environment.IsPrivilegedProcess)
        {
            return await RunAsync(arguments);
        }

        if (!File.Exists(Program))
        {
            return null;
        }

        using var process = CommandProcess.Start(Program, ["--bounding-set", "-dac_override,-dac_read_search", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "atelier.dll"), .. arguments], Folder, Variables);
        return Judge(await process.EndAsync());
    }

    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return Judge(await process.EndAsync());
    }

    /// <summary>Runs what a command printed, as a person would who copies it.</summary>
    public async Task<CommandResult> RunShellAsync(string line)
    {
        using var process = CommandProcess.Start("/bin/sh", ["-c", line], Folder, Variables);
        return Judge(await process.EndAsync());
    }

    /// <summary>Runs a command in this process, where waits between tries take no time. It has this process's current folder.</summary>
    public Task<CommandResult> RunHurriedAsync(params string[] arguments) => RunHereAsync(new HurriedClock(), arguments);

    /// <summary>Runs a command in this process, which is faster. It has this process's current folder.</summary>
    public Task<CommandResult> RunHereAsync(params string[] arguments) => RunHereAsync(TimeProvider.System, arguments);

    private async Task<CommandResult> RunHereAsync(TimeProvider time, string[] arguments)
    {
        StringBuilder output = new();
        StringBuilder errors = new();
        var code = await CliApplication.RunAsync(arguments, new CliEnvironment { Output = new StringWriter(output), Error = new StringWriter(errors), Variables = Variables, Time = time });
        return Judge(new CommandResult(code, output.ToString(), errors.ToString()));
    }

    public CommandResult Judge(CommandResult result)
    {
        Assert.DoesNotContain(TokenStart, result.All, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Signature=", result.All, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\n   at ", result.All, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", result.All, StringComparison.Ordinal);
        Assert.Empty(Server.Violations);
        return result;
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !isSo(); await Task.Delay(10))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(1), "It does not become so.");
        }
    }

    /// <summary>All files below the folder, with <c>/</c>; links are not followed.</summary>
    public IReadOnlyList<string> Files(string part = "") => Directory.Exists(At(part))
        ? [.. Directory.EnumerateFiles(At(part), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Select(path => Path.GetRelativePath(At(part), path)).Order(StringComparer.Ordinal)]
        : [];

    public async ValueTask DisposeAsync()
    {
        if (_ownsServer)
        {
            await Server.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
