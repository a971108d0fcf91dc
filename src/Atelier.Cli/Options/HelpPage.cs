using System.CommandLine;
using System.CommandLine.Invocation;

namespace Atelier.Cli.Options;

/// <summary>Shows the help page of the command that was typed.</summary>
internal sealed class HelpPage(TextWriter output, IReadOnlyDictionary<Command, Action<TextWriter>> pages) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        pages[parseResult.CommandResult.Command](output);
        return ExitCode.Done;
    }
}
