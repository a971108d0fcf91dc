namespace Atelier.Training.Pretraining;

/// <summary>Lets the time that was granted decide, where it runs out before the steps do, how far a stage is.</summary>
/// <param name="clock">Measures the time, from now on.</param>
/// <param name="limit">The time, or null for no limit.</param>
internal sealed class TrainingTime(TimeProvider clock, TimeSpan? limit)
{
    private readonly long _begun = clock.GetTimestamp();

    /// <summary>Gets the time of stages that take all their steps.</summary>
    public static TrainingTime Unlimited { get; } = new(TimeProvider.System, limit: null);

    /// <summary>Gets what is left, or null without a limit.</summary>
    public TimeSpan? Left => limit is { } granted ? TimeSpan.FromTicks(Math.Max(0, (granted - clock.GetElapsedTime(_begun)).Ticks)) : null;

    /// <summary>Says which step the learning rate is that of.</summary>
    /// <param name="first">The step at which the stage began or went on.</param>
    /// <param name="step">The number of steps done.</param>
    /// <param name="stepCount">The number of steps in all.</param>
    /// <returns>The step itself, or a later one when time runs faster; <paramref name="stepCount"/> or more when the stage is over.</returns>
    public int Position(int first, int step, int stepCount) => limit is { } granted
        ? Math.Max(step, first + (int)((stepCount - first) * SpentShare(granted)))
        : step;

    /// <summary>Grants a stage a share of what is left.</summary>
    /// <param name="share">The share, in (0, 1].</param>
    /// <returns>The stage's time, which begins now.</returns>
    public TrainingTime Part(double share) => new(clock, Left * share);

    private double SpentShare(TimeSpan granted) => granted <= TimeSpan.Zero ? 1 : Math.Min(1, clock.GetElapsedTime(_begun) / granted);
}
