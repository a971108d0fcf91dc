namespace Atelier.Artifacts.Hub;

/// <summary>Names a state of a repository: a branch, a tag, <c>refs/pr/N</c> or a commit's full id.</summary>
public sealed record HubRevision
{
    private const int CommitLength = 40;

    private HubRevision(string text) => Text = text;

    /// <summary>Gives the branch that is meant when none is named.</summary>
    public static HubRevision Main { get; } = new("main");

    /// <summary>Gives the name as the user writes it.</summary>
    public string Text { get; }

    /// <summary>Says whether this is a commit's full id, which can never mean another state.</summary>
    public bool IsCommit => IsCommitId(Text);

    /// <summary>Gives the name as one segment of an address, with slashes encoded.</summary>
    internal string Segment => Uri.EscapeDataString(Text);

    /// <summary>Reads a revision.</summary>
    /// <param name="text">The text, such as <c>main</c>, <c>dev/x</c> or 40 hexadecimal digits; null means <c>main</c>.</param>
    /// <returns>The revision.</returns>
    /// <exception cref="HubException">The text can't be a revision, or would be dangerous as a path.</exception>
    public static HubRevision Parse(string? text)
    {
        if (text is null)
        {
            return Main;
        }

        return HubPaths.Fault(text) is { } fault
            ? throw new HubException(HubErrorKind.InvalidName, $"'{HubText.Shown(text)}' is not a revision: {fault}")
            : new HubRevision(text);
    }

    /// <summary>Says whether a text is a commit's full id: 40 hexadecimal digits in lower case.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is one.</returns>
    public static bool IsCommitId(string? text) => text is { Length: CommitLength } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Gives the name as the user writes it.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Text;
}
