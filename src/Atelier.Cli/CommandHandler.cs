namespace Atelier.Cli;

/// <summary>Does what a command is for, once its settings are known to make sense.</summary>
/// <typeparam name="TSettings">The command's settings.</typeparam>
/// <param name="settings">The settings of all layers together; their own checks have passed.</param>
/// <param name="environment">Where to print, and how.</param>
/// <param name="cancellationToken">Cancelled by Ctrl-C or a termination signal; a second one ends the process.</param>
/// <returns>One of <see cref="ExitCode"/>'s numbers.</returns>
/// <exception cref="RequestException">The request turned out to be wrong before anything was started.</exception>
public delegate Task<int> CommandHandler<in TSettings>(TSettings settings, CliEnvironment environment, CancellationToken cancellationToken);
