using System.Text;

namespace Atelier.Tracking;

/// <summary>Prints lines, for logs and pipes.</summary>
/// <param name="writer">The output.</param>
/// <param name="interval">The shortest time between two lines about work in progress.</param>
/// <param name="clock">Measures it.</param>
internal sealed class PlainView(TextWriter writer, TimeSpan interval, TimeProvider clock) : IProgressView
{
    private long _printed = clock.GetTimestamp();
    private long _printedCount = -1; // of the outermost stage
    private bool _hasInnerStages;

    public void Begin(IReadOnlyList<ProgressStage> open)
    {
        if (open.Count == 1)
        {
            _printedCount = -1;
            _printed = clock.GetTimestamp();
        }

        _hasInnerStages = open.Count > 1;
    }

    public void Advance(ProgressStage stage, IReadOnlyList<ProgressStage> open)
    {
        var isOutermost = ReferenceEquals(stage, open[0]);
        if (isOutermost && _hasInnerStages)
        {
            _hasInnerStages = false;
            Print([stage]);
        }
        else if (clock.GetElapsedTime(_printed) >= interval)
        {
            Print(open.TakeWhile(other => !ReferenceEquals(other, stage)).Append(stage));
        }
    }

    public void End(ProgressStage stage, IReadOnlyList<ProgressStage> open)
    {
        if (open.Count == 0 && _printedCount != stage.Count)
        {
            Print([stage]);
        }
    }

    public void Refresh(IReadOnlyList<ProgressStage> open)
    {
    }

    public void WriteLine(string text, IReadOnlyList<ProgressStage> open) => Write(text);

    public void Close(IReadOnlyList<ProgressStage> open)
    {
    }

    private void Print(IEnumerable<ProgressStage> path)
    {
        var stages = path.ToArray();
        var stage = stages[^1];
        var line = new StringBuilder()
            .AppendJoin(" > ", stages.Select(each => $"{each.Name} {ProgressText.FormatCount(each)}"))
            .Append("  ").Append(ProgressText.FormatPercent(stage))
            .Append("  ").Append(ProgressText.FormatTimes(stage));
        foreach (var extra in new[] { ProgressText.FormatRate(stage), stage.Note })
        {
            line.Append(extra.Length > 0 ? "  " : "").Append(extra);
        }

        _printed = clock.GetTimestamp();
        if (stages.Length == 1)
        {
            _printedCount = stage.Count;
        }

        Write(line.ToString());
    }

    private void Write(string line)
    {
        writer.Write(line + "\n");
        writer.Flush();
    }
}
