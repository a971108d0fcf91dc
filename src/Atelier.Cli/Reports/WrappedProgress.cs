using Atelier.Cli.Options;
using Atelier.Tracking;

namespace Atelier.Cli.Reports;

/// <summary>Breaks the lines that are printed above progress to a terminal's usual width.</summary>
/// <param name="inner">Shows the progress; owned.</param>
internal sealed class WrappedProgress(IProgressReporter inner) : IProgressReporter
{
    /// <inheritdoc/>
    public ProgressStage Begin(string name, long total, string unit = "", long start = 0) => inner.Begin(name, total, unit, start);

    /// <inheritdoc/>
    public void WriteLine(string text)
    {
        using StringWriter wrapped = new() { NewLine = "\n" };
        wrapped.WriteParagraph(text);
        foreach (var line in wrapped.ToString().TrimEnd('\n').Split('\n'))
        {
            inner.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    /// <summary>Makes the progress display that an environment asks for.</summary>
    public static IProgressReporter For(CliEnvironment environment) => environment.IsQuiet
        ? new QuietProgress()
        : new WrappedProgress(new ConsoleProgress(
            environment.Error,
            new ConsoleProgressOptions
            {
                IsTerminal = environment.IsTerminal,
                Width = environment.Width,
                HasColor = !environment.Variables.ContainsKey("NO_COLOR"),
            },
            environment.Time));
}
