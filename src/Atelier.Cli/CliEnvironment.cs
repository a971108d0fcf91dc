using System.Collections;

namespace Atelier.Cli;

/// <summary>Holds what a command sees of the world around it, so that tests can give it another one.</summary>
public sealed record CliEnvironment
{
    /// <summary>Gets where results go.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Gets where complaints and progress go.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Gets the environment variables.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets whether a person watches: progress may be redrawn. Otherwise it is plain lines.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Gets the terminal's width in columns.</summary>
    public int Width { get; init; } = 80;

    /// <summary>Gets whether progress is unwanted (<c>--quiet</c>).</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Gets whether results are to be JSON, for scripts (<c>--json</c>).</summary>
    public bool IsJson { get; init; }

    /// <summary>Gets the access token of the hub that was typed (<c>--token</c>); null for none. It is never written anywhere.</summary>
    public string? Token { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Describes the world of this process.</summary>
    /// <returns>The console, the process's variables, the system's clock.</returns>
    public static CliEnvironment FromProcess() => WithWidth(new()
    {
        Output = Console.Out,
        Error = Console.Error,
        Variables = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal),
        IsTerminal = !Console.IsErrorRedirected && !string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal),
    });

    /// <summary>Says nothing of what is inside: there is a secret in it.</summary>
    /// <returns>The type's name.</returns>
    public override string ToString() => nameof(CliEnvironment);

    private static CliEnvironment WithWidth(CliEnvironment environment)
    {
        try
        {
            return environment.IsTerminal && Console.WindowWidth > 0 ? environment with { Width = Console.WindowWidth } : environment;
        }
        catch (IOException)
        {
            return environment; // no console to ask
        }
    }
}
