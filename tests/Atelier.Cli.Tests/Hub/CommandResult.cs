using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public string All => Output + Errors;

    /// <summary>The last line of output: where something is.</summary>
    public string LastLine => Output.TrimEnd().Split('\n')[^1];

    public CommandResult AssertDone()
    {
        Assert.True(ExitCode == Cli.ExitCode.Done, $"exit code {ExitCode}\n{All}");
        return this;
    }

    /// <summary>Fails unless the command ended with this code and one line of complaint that says all of this.</summary>
    public CommandResult AssertComplains(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} and not {exitCode}\n{All}");
        var complaint = Assert.Single(Errors.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.All(words, word => Assert.Contains(word, complaint, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("shows where", complaint, StringComparison.Ordinal);
        return this;
    }
}
