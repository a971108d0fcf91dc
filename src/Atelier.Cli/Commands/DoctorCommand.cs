using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Atelier.Artifacts.Hub;
using Atelier.Cli.Options;
using Atelier.Diffusion.Tensors;
using Atelier.Training.Runs;
using static TorchSharp.torch;

namespace Atelier.Cli.Commands;

/// <summary>Says what this machine has and what the program will use: <c>atelier doctor</c>.</summary>
public static class DoctorCommand
{
    private const int LabelWidth = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>0 when nothing is wrong, else 1.</returns>
    public static async Task<int> RunAsync(DoctorSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(environment);

        List<(string Name, string Text, bool IsWrong)> found = [Program(), Native(), Device(), Model()];
        try
        {
            var hub = HubConnection.Settings(environment);
            found.Add(Cache(hub));
            found.AddRange(await HubAsync(hub, settings, environment, cancellationToken));
        }
        catch (HubException exception)
        {
            found.Add(("hub", exception.Message, true));
        }

        Write(found, environment);
        return found.Exists(item => item.IsWrong) ? ExitCode.Failed : ExitCode.Done;
    }

    private static (string Name, string Text, bool IsWrong) Program() => (
        "atelier",
        $"{typeof(DoctorCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}",
        false);

    private static (string Name, string Text, bool IsWrong) Native()
    {
        try
        {
            Placement.Parse("cpu"); // its assembly helps libtorch to load where it would not by itself
            using var probe = ones(2);
            return ("libtorch", $"loads; {get_num_threads()} threads of {Environment.ProcessorCount} processors", probe.sum().item<float>() != 2);
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or NotSupportedException or EntryPointNotFoundException)
        {
            return ("libtorch", $"does not load: {(exception.InnerException ?? exception).Message.Split('\n')[0].Trim()}", true);
        }
    }

    private static (string Name, string Text, bool IsWrong) Device()
    {
        try
        {
            return ("device", cuda.is_available() ? $"cuda, {cuda.device_count()} of them" : "cpu (no GPU, or built without CUDA: -p:TorchBackend=TorchSharp-cuda-linux)", false);
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            return ("device", "unknown without libtorch", true);
        }
    }

    private static (string Name, string Text, bool IsWrong) Model() =>
        ModelLocator.Find(ModelLocator.EmbeddedName) is { } folder ? ("model", folder, false) : ("model", ModelLocator.ExplainUnknown(ModelLocator.EmbeddedName), true);

    // A cache that only lacks the right to write may be so on purpose.
    private static (string Name, string Text, bool IsWrong) Cache(HubSettings hub)
    {
        var condition = new HubCache(hub.CacheFolder).Examine();
        var text = condition.Problem is { } problem ? (condition.IsUsable ? $"warning: {problem}" : problem)
            : Directory.Exists(hub.CacheFolder) ? hub.CacheFolder
            : $"{hub.CacheFolder} (nothing there yet)";
        return ("cache", text, !condition.IsUsable);
    }

    private static async Task<(string Name, string Text, bool IsWrong)[]> HubAsync(HubSettings hub, DoctorSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        try
        {
            var token = await TokenAsync(hub, settings, environment, cancellationToken);
            return [("hub", HubText(hub, settings), false), token];
        }
        catch (HubException exception) when (IsOfHub(exception))
        {
            return [("hub", $"{hub.Endpoint}; {exception.Message}", true), ("token", $"{hub.Token}; nobody could be asked for its owner", false)];
        }
    }

    // What answers in the hub's place, or stands before it, is no fault of the token, and waiting does not help.
    private static bool IsOfHub(HubException exception) => exception.Kind is HubErrorKind.Protocol or HubErrorKind.Certificate or HubErrorKind.Proxy;

    private static string HubText(HubSettings hub, DoctorSettings settings) =>
        hub.OfflineReason is { } variable ? $"offline: {variable} is set"
        : !settings.AskHub ? $"{hub.Endpoint} (not asked)"
        : hub.Token is null ? $"{hub.Endpoint} (not asked: there is no token to ask about)"
        : hub.Endpoint;

    private static async Task<(string Name, string Text, bool IsWrong)> TokenAsync(HubSettings hub, DoctorSettings settings, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (hub.Token is null)
        {
            return ("token", "not set (public models need none)", false);
        }

        if (hub.IsOffline || !settings.AskHub)
        {
            return ("token", $"{hub.Token}; its owner was not asked for", false);
        }

        try
        {
            using HubClient client = new(hub, time: environment.Time);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            var account = await client.WhoAmIAsync(patience.Token);
            var organizations = account.Organizations.Count > 0 ? $", member of {string.Join(", ", account.Organizations)}" : "";
            return ("token", $"{hub.Token}; belongs to {account.Name}{(account.Role is null ? "" : $", role {account.Role}")}{organizations}", false);
        }
        catch (HubException exception) when (!IsOfHub(exception))
        {
            return ("token", $"{hub.Token}; {exception.Message}", exception.IsRequestFault);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("token", $"{hub.Token}; {hub.Endpoint} could not be asked for its owner within {Patience.TotalSeconds:0} s", false);
        }
    }

    private static void Write(List<(string Name, string Text, bool IsWrong)> found, CliEnvironment environment)
    {
        if (environment.IsJson)
        {
            JsonObject all = [];
            found.ForEach(item => all[item.Name] = new JsonObject { ["text"] = item.Text, ["is_wrong"] = item.IsWrong });
            environment.Output.WriteLine(all.ToJsonString(Json));
            return;
        }

        found.ForEach(item => environment.Output.WriteLine($"{item.Name.PadRight(LabelWidth)}{(item.IsWrong ? "WRONG: " : "")}{item.Text}"));
    }
}
