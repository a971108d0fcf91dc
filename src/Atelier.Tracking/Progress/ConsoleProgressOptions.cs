namespace Atelier.Tracking;

/// <summary>Says how <see cref="ConsoleProgress"/> shows progress.</summary>
public sealed record ConsoleProgressOptions
{
    /// <summary>Says whether the output is a terminal: bars are drawn in place there; elsewhere lines are printed, without escape sequences.</summary>
    /// <value>Default false.</value>
    public bool IsTerminal { get; init; }

    /// <summary>Gives the terminal's width in columns.</summary>
    /// <value>Default 80.</value>
    public int Width { get; init; } = 80;

    /// <summary>Says whether bars are coloured; false where the environment sets <c>NO_COLOR</c>.</summary>
    /// <value>Default true; without a terminal there is no colour.</value>
    public bool HasColor { get; init; } = true;

    /// <summary>Gives the shortest time between two lines about work in progress, where the output is no terminal.</summary>
    /// <value>Default 10 seconds. A line about a finished epoch is always printed.</value>
    public TimeSpan LineInterval { get; init; } = TimeSpan.FromSeconds(10);
}
