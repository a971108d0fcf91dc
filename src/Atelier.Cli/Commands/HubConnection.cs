using Atelier.Artifacts.Hub;
using Atelier.Cli.Reports;
using Atelier.Tracking;

namespace Atelier.Cli.Commands;

/// <summary>The way to the hub that the environment and the command line describe, with a bar for what is transferred.</summary>
internal sealed class HubConnection : IDisposable
{
    private readonly HubProgress _shown;

    private HubConnection(HubClient client, HubProgress shown) => (Client, _shown) = (client, shown);

    /// <summary>Gets the client.</summary>
    public HubClient Client { get; }

    /// <summary>Reads how the hub is reached.</summary>
    /// <exception cref="HubException">A variable, or the token, holds something unusable.</exception>
    public static HubSettings Settings(CliEnvironment environment) => HubSettings.Read(environment.Variables, environment.Token);

    /// <summary>Opens it; nothing is asked yet.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="progress">Draws bars and lines; borrowed.</param>
    /// <param name="name">A word for what is done, such as <c>download</c>.</param>
    /// <exception cref="HubException">A variable, or the token, holds something unusable.</exception>
    public static HubConnection Open(CliEnvironment environment, IProgressReporter progress, string name)
    {
        var settings = Settings(environment);
        HubProgress shown = new(progress, name, settings);
        return new HubConnection(new HubClient(settings, shown, environment.Time), shown);
    }

    /// <summary>Ends the bar and closes the connections.</summary>
    public void Dispose()
    {
        _shown.Dispose();
        Client.Dispose();
    }
}
