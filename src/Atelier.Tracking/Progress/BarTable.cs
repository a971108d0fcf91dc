namespace Atelier.Tracking;

/// <summary>Lays stages out as lines of a table: name, count, bar, percentage, times, rate, note.</summary>
/// <param name="isUnicode">Whether the output has block characters.</param>
/// <param name="hasColor">Whether to colour the bars.</param>
internal sealed class BarTable(bool isUnicode, bool hasColor)
{
    private const int NameWidth = 8; // "sampling", "training": columns stay in place as stages come and go
    private const int PercentWidth = 4;
    private const int NoteReserve = 14; // the rate gives way to a note of 12 columns and its gap

    /// <summary>Formats stages; no line is wider than the width.</summary>
    public string[] Format(IReadOnlyList<ProgressStage> stages, int width)
    {
        var rows = stages.Select(stage => new Row(stage)).ToArray();
        var nameWidth = Math.Min(Math.Max(NameWidth, Widest(rows, row => row.Name)), Math.Max(NameWidth, width / 4));
        var countWidth = Math.Max(Widest(rows, row => row.Count), stages.Max(stage => (2 * stage.Total.ToString().Length) + 1));
        var timesWidth = Widest(rows, row => row.Times);
        var rateWidth = Widest(rows, row => row.Rate);
        var barWidth = width switch { >= 99 => 30, >= 79 => 16, >= 50 => 10, _ => 0 };

        var fixedWidth = nameWidth + 1 + countWidth + (barWidth > 0 ? barWidth + 3 : 0) + 1 + PercentWidth + 2 + timesWidth;
        var hasRate = rateWidth > 0 && fixedWidth + 2 + rateWidth + (rows.Any(row => row.Note.Length > 0) ? NoteReserve : 0) <= width;

        return [.. rows.Select(row =>
        {
            var head = $"{Pad(row.Name, nameWidth)} {row.Count.PadLeft(countWidth)}";
            var tail = $" {row.Percent.PadLeft(PercentWidth)}  {row.Times.PadRight(timesWidth)}{(hasRate ? "  " + row.Rate.PadRight(rateWidth) : "")}";
            tail += row.Note.Length > 0 ? "  " + row.Note : "";

            // Where even the fixed part is too wide, the bar is already left out and the text is cut.
            return barWidth == 0
                ? Cut(head + tail, width)
                : $"{head} [{DrawBar(row.Fraction, barWidth)}]{Cut(tail, width - nameWidth - countWidth - barWidth - 4)}";
        })];
    }

    private static int Widest(Row[] rows, Func<Row, string> cell) => rows.Max(row => TerminalCells.Measure(cell(row)));

    private string Pad(string name, int width)
    {
        var fitted = TerminalCells.Fit(name, width, Ellipsis);
        return fitted + new string(' ', width - TerminalCells.Measure(fitted));
    }

    private string Ellipsis => isUnicode ? "…" : "...";

    private string Cut(string text, int width) => TerminalCells.Fit(text.TrimEnd(), Math.Max(0, width), Ellipsis);

    private string DrawBar(double fraction, int width)
    {
        var filledCount = (int)Math.Floor(fraction * width);
        var filled = new string(isUnicode ? '█' : '#', filledCount);
        var rest = new string(isUnicode ? '░' : '-', width - filledCount);
        return hasColor ? $"\e[32m{filled}\e[0m\e[2m{rest}\e[0m" : filled + rest;
    }

    // Read once, so that the columns are measured and drawn with the same text.
    private sealed class Row(ProgressStage stage)
    {
        public string Name { get; } = stage.Name;

        public string Count { get; } = ProgressText.FormatCount(stage);

        public string Percent { get; } = ProgressText.FormatPercent(stage);

        public string Times { get; } = ProgressText.FormatTimes(stage);

        public string Rate { get; } = ProgressText.FormatRate(stage);

        public string Note { get; } = stage.Note;

        public double Fraction { get; } = stage.Fraction;
    }
}
