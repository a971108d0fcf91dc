namespace Atelier.Cli;

/// <summary>What the process tells the shell when it ends.</summary>
public static class ExitCode
{
    /// <summary>Everything that was asked is done.</summary>
    public const int Done = 0;

    /// <summary>The work began and failed.</summary>
    public const int Failed = 1;

    /// <summary>The request was wrong; nothing was started.</summary>
    public const int WrongRequest = 2;

    /// <summary>Somebody interrupted the work.</summary>
    public const int Interrupted = 130;
}
