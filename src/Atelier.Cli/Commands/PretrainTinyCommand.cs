using Atelier.Cli.Options;

namespace Atelier.Cli.Commands;

/// <summary>Makes the embedded model anew: <c>atelier pretrain-tiny</c>.</summary>
public static class PretrainTinyCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(PretrainSettings settings, CliEnvironment environment, CancellationToken cancellationToken) =>
        throw new NotSupportedException("atelier pretrain-tiny is not connected yet.");
}
