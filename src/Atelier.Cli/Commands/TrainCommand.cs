using Atelier.Training.Settings;

namespace Atelier.Cli.Commands;

/// <summary>Fine-tunes a model for a reward: <c>atelier train</c>.</summary>
public static class TrainCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(RunSettings settings, CliEnvironment environment, CancellationToken cancellationToken) =>
        throw new NotSupportedException("atelier train is not connected yet.");
}
