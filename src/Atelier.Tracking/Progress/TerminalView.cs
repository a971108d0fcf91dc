using System.Text;

namespace Atelier.Tracking;

/// <summary>Redraws up to three bars in place, below everything else that is printed.</summary>
/// <remarks>
/// Between two calls the cursor rests at the end of the last bar. It is not hidden: a process that dies would leave it so.
/// Every change is one write, and a line stays one column short of the width: in the last column terminals disagree about what comes next.
/// </remarks>
/// <param name="writer">The terminal.</param>
/// <param name="hasColor">Whether to colour the bars.</param>
/// <param name="measureWidth">Gives the terminal's width in columns.</param>
/// <param name="clock">Measures the time between two redraws.</param>
internal sealed class TerminalView(TextWriter writer, bool hasColor, Func<int> measureWidth, TimeProvider clock) : IProgressView
{
    private const int LineLimit = 3;
    private const string EraseToEndOfLine = "\e[K";
    private const string EraseBelow = "\e[J";

    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    private readonly BarTable _table = new(writer.Encoding.WebName.StartsWith("utf-", StringComparison.OrdinalIgnoreCase), hasColor);
    private int _drawnCount;
    private long? _drawn;

    public void Begin(IReadOnlyList<ProgressStage> open) => Refresh(open);

    public void Advance(ProgressStage stage, IReadOnlyList<ProgressStage> open) => Refresh(open);

    public void End(ProgressStage stage, IReadOnlyList<ProgressStage> open)
    {
        if (open.Count == 0)
        {
            Draw(_table.Format([stage], measureWidth() - 1)[0], open);
        }
        else
        {
            Refresh(open);
        }
    }

    public void Refresh(IReadOnlyList<ProgressStage> open)
    {
        if (open.Count > 0 && (_drawn is not { } drawn || clock.GetElapsedTime(drawn) >= ShortestInterval))
        {
            Draw(permanent: null, open);
        }
    }

    public void WriteLine(string text, IReadOnlyList<ProgressStage> open) => Draw(text, open);

    public void Close(IReadOnlyList<ProgressStage> open)
    {
        if (open.Count > 0)
        {
            Draw(permanent: null, open);
            writer.Write('\n');
            writer.Flush();
            _drawnCount = 0;
        }
    }

    private void Draw(string? permanent, IReadOnlyList<ProgressStage> open)
    {
        var lines = open.Count == 0 ? [] : _table.Format(Choose(open), measureWidth() - 1);
        var text = new StringBuilder();
        if (_drawnCount > 0)
        {
            text.Append('\r');
            if (_drawnCount > 1)
            {
                text.Append("\e[").Append(_drawnCount - 1).Append('A');
            }
        }

        if (permanent is not null)
        {
            text.Append(_drawnCount > 0 ? EraseBelow : "").Append(permanent).Append('\n');
        }

        text.AppendJoin(EraseToEndOfLine + "\n", lines);
        text.Append(lines.Length > 0 ? EraseToEndOfLine : "").Append(permanent is null && lines.Length < _drawnCount ? EraseBelow : "");

        _drawnCount = lines.Length;
        _drawn = lines.Length > 0 ? clock.GetTimestamp() : null;
        writer.Write(text.ToString());
        writer.Flush();
    }

    // The outermost stage says when all is done, the innermost ones that something moves.
    private static IReadOnlyList<ProgressStage> Choose(IReadOnlyList<ProgressStage> open) =>
        open.Count <= LineLimit ? open : [open[0], .. open.Skip(open.Count - LineLimit + 1)];
}
