using Atelier.Artifacts.Hub;

namespace Atelier.Cli.Commands;

/// <summary>Opens the way to the hub that the environment and the command line describe.</summary>
internal static class HubConnection
{
    /// <summary>Reads how the hub is reached.</summary>
    /// <exception cref="HubException">A variable, or the token, holds something unusable.</exception>
    public static HubSettings Settings(CliEnvironment environment) => HubSettings.Read(environment.Variables, environment.Token);

    /// <summary>Makes a client; nothing is asked yet.</summary>
    /// <exception cref="HubException">A variable, or the token, holds something unusable.</exception>
    public static HubClient Open(CliEnvironment environment, IHubObserver? observer = null) => new(Settings(environment), observer, environment.Time);
}
