namespace Atelier.Tracking;

/// <summary>Draws the open stages, outermost first; called under <see cref="ConsoleProgress"/>'s lock.</summary>
internal interface IProgressView
{
    /// <summary>A stage, the last of the open ones, has begun.</summary>
    void Begin(IReadOnlyList<ProgressStage> open);

    /// <summary>An open stage has advanced.</summary>
    void Advance(ProgressStage stage, IReadOnlyList<ProgressStage> open);

    /// <summary>A stage has ended and is no longer among the open ones.</summary>
    void End(ProgressStage stage, IReadOnlyList<ProgressStage> open);

    /// <summary>Time has passed.</summary>
    void Refresh(IReadOnlyList<ProgressStage> open);

    /// <summary>Prints a line that stays.</summary>
    void WriteLine(string text, IReadOnlyList<ProgressStage> open);

    /// <summary>Leaves the output in order; nothing is drawn afterwards.</summary>
    void Close(IReadOnlyList<ProgressStage> open);
}
