using System.CommandLine;
using System.CommandLine.Help;
using Atelier.Training.Settings;

namespace Atelier.Cli.Options;

/// <summary>Writes help pages: commands and options in groups, each with the words of its documentation and its default.</summary>
internal static class HelpWriter
{
    private const int TextIndent = 6;

    /// <summary>Writes the page of the program itself.</summary>
    public static void WriteRoot(TextWriter writer, RootCommand root)
    {
        writer.WriteParagraph(root.Description!);
        writer.WriteLine();
        writer.WriteLine("Usage: atelier COMMAND [options]");
        writer.WriteLine();
        WriteSubcommands(writer, root);
        WriteOptions(writer, "Options of every command", root.Options);
        writer.WriteLine();
        writer.WriteParagraph("atelier COMMAND --help shows the options of a command.");
        writer.WriteParagraph("Exit codes: 0 done, 1 failed, 2 the request was wrong and nothing was started, 130 interrupted.");
    }

    /// <summary>Writes the page of a command that only groups others.</summary>
    public static void WriteGroup(TextWriter writer, Command group)
    {
        writer.WriteParagraph(group.Description!);
        writer.WriteLine();
        writer.WriteLine($"Usage: atelier {FullName(group)} COMMAND [options]");
        writer.WriteLine();
        WriteSubcommands(writer, group);
        writer.WriteLine();
        writer.WriteParagraph($"atelier {FullName(group)} COMMAND --help shows the options of a command.");
    }

    /// <summary>Writes the page of a command whose options are settings.</summary>
    public static void WriteCommand(TextWriter writer, Command command, SettingsOptions options, string remarks, IEnumerable<Option> otherOptions)
    {
        XmlDocumentation documentation = new(options.Schema);
        writer.WriteParagraph(command.Description!);
        writer.WriteLine();
        var words = string.Concat(options.Positionals.Select(setting => $" {setting.Placeholder}{(setting.IsList ? " ..." : "")}"));
        writer.WriteLine($"Usage: atelier {FullName(command)}{words} [options]");
        writer.WriteLine();
        writer.WriteParagraph(remarks);
        foreach (var setting in options.Positionals)
        {
            writer.WriteLine();
            writer.WriteLine($"  {setting.Placeholder}");
            writer.WriteParagraph($"{documentation.Summary(setting)} {documentation.Value(setting)}", TextIndent);
        }

        WriteOptions(writer, "Sources", otherOptions);
        foreach (var group in options.Schema.Settings.Except(options.Positionals).GroupBy(setting => setting.Group, StringComparer.Ordinal))
        {
            writer.WriteLine();
            writer.WriteLine(group.Key);
            foreach (var setting in group)
            {
                writer.WriteLine($"  {Usage(setting)}");
                writer.WriteParagraph($"{documentation.Summary(setting)} {documentation.Value(setting)}", TextIndent);
            }
        }

        WriteOptions(writer, "Options of every command", Ancestors(command).OfType<RootCommand>().Single().Options);
    }

    private static IEnumerable<Command> Ancestors(Command command)
    {
        for (var parent = command.Parents.OfType<Command>().SingleOrDefault(); parent is not null; parent = parent.Parents.OfType<Command>().SingleOrDefault())
        {
            yield return parent;
        }
    }

    private static string FullName(Command command) =>
        string.Join(' ', Ancestors(command).Where(parent => parent is not RootCommand).Reverse().Append(command).Select(part => part.Name));

    private static void WriteSubcommands(TextWriter writer, Command parent)
    {
        writer.WriteLine("Commands");
        foreach (var command in parent.Subcommands)
        {
            writer.WriteLine($"  {command.Name}");
            writer.WriteParagraph(command.Description!, TextIndent);
        }
    }

    private static void WriteOptions(TextWriter writer, string title, IEnumerable<Option> options)
    {
        foreach (var (index, option) in options.Index())
        {
            if (index == 0)
            {
                writer.WriteLine();
                writer.WriteLine(title);
            }

            var shortName = option.Aliases.FirstOrDefault(alias => alias.Length == 2 && char.IsAsciiLetter(alias[1]));
            writer.WriteLine($"  {option.Name}{(shortName is null ? "" : ", " + shortName)}{(option.HelpName is null ? "" : " " + option.HelpName)}");
            writer.WriteParagraph(option is HelpOption ? "Shows this text." : option is VersionOption ? "Shows the version." : option.Description!, TextIndent);
        }
    }

    private static string Usage(Setting setting)
    {
        var name = SettingsOptions.Spell(setting.Name);
        return setting switch
        {
            { IsSwitch: true } => $"--[no-]{name[2..]}",
            { IsList: true } => $"{name} TEXT ...",
            { Choices.Count: > 0 } => $"{name} {string.Join('|', setting.Choices)}",
            _ when setting.ValueType == typeof(string) => $"{name} TEXT",
            _ when setting.ValueType == typeof(double) => $"{name} X",
            _ => $"{name} N",
        };
    }
}
