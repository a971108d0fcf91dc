namespace Atelier.Cli;

/// <summary>Says that what was asked can't be done as asked, before anything was started.</summary>
public sealed class RequestException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problems">Every complaint, one sentence each.</param>
    public RequestException(params IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Gets the complaints.</summary>
    public IReadOnlyList<string> Problems { get; }
}
