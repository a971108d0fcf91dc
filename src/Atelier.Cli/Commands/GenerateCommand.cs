using Atelier.Cli.Options;

namespace Atelier.Cli.Commands;

/// <summary>Makes pictures: <c>atelier generate</c>.</summary>
public static class GenerateCommand
{
    /// <summary>Runs the command.</summary>
    /// <param name="settings">What was asked, checked.</param>
    /// <param name="environment">Where to print, and how.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(GenerateSettings settings, CliEnvironment environment, CancellationToken cancellationToken) =>
        throw new NotSupportedException("atelier generate is not connected yet.");
}
