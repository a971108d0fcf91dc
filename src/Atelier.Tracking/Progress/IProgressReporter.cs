namespace Atelier.Tracking;

/// <summary>
/// Shows a person how far the work is: stages inside stages, and lines of text.
/// </summary>
/// <example>
/// <code>
/// using var epochs = progress.Begin("epoch", total: 20, unit: "epoch");
/// using (var sampling = progress.Begin("sampling", total: 8, unit: "step"))
/// {
///     sampling.Advance();
/// }
/// epochs.Advance(1, "reward 2.31");
/// </code>
/// </example>
public interface IProgressReporter : IDisposable
{
    /// <summary>Begins a stage inside the one that was begun last and has not ended.</summary>
    /// <param name="name">A word for what is done, such as <c>sampling</c>.</param>
    /// <param name="total">How many items the stage has in all.</param>
    /// <param name="unit">What an item is, in the singular, such as <c>step</c>; may be empty.</param>
    /// <param name="start">How many of the items were done before, by a run that is now resumed.</param>
    /// <returns>The stage, which ends when it is disposed.</returns>
    ProgressStage Begin(string name, long total, string unit = "", long start = 0);

    /// <summary>Prints a line that stays.</summary>
    /// <param name="text">The line, without its end.</param>
    void WriteLine(string text);
}
