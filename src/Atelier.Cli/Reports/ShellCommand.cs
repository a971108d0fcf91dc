using System.Text;
using Atelier.Cli.Options;

namespace Atelier.Cli.Reports;

/// <summary>Spells a command line that a person can copy into a shell.</summary>
/// <param name="words">What stands after the program's name.</param>
internal sealed class ShellCommand(params IReadOnlyList<string> words)
{
    private const string ProgramName = "atelier";
    private const string Continuation = " \\";

    /// <summary>Spells the command on one line.</summary>
    public override string ToString() => string.Join(' ', Words());

    /// <summary>Spells the command in lines of a terminal's width, broken between options.</summary>
    public IEnumerable<string> Lines(int indent)
    {
        StringBuilder line = new(new string(' ', indent));
        var isEmpty = true;
        foreach (var part in Parts())
        {
            if (!isEmpty && line.Length + 1 + part.Length + Continuation.Length > TextWrap.Width)
            {
                yield return line.Append(Continuation).ToString();
                line.Clear().Append(' ', indent + 4);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(part);
            isEmpty = false;
        }

        yield return line.ToString();
    }

    // An option and its value stay together.
    private IEnumerable<string> Parts()
    {
        StringBuilder part = new();
        foreach (var word in Words())
        {
            if (part.Length > 0 && word.StartsWith("--", StringComparison.Ordinal))
            {
                yield return part.ToString();
                part.Clear();
            }

            part.Append(part.Length == 0 ? "" : " ").Append(word);
        }

        yield return part.ToString();
    }

    private IEnumerable<string> Words() => [.. Program(), .. words.Select(Quote)];

    private static string Quote(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./:=,+%@".Contains(letter, StringComparison.Ordinal))
            ? word
            : $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    // As this process can be started again: by its name where the shell finds it, else by its path.
    private static IEnumerable<string> Program()
    {
        var path = Environment.ProcessPath;
        if (path is null || !Path.GetFileNameWithoutExtension(path).Equals(ProgramName, StringComparison.OrdinalIgnoreCase))
        {
            var assembly = Path.Combine(AppContext.BaseDirectory, ProgramName + ".dll");
            return File.Exists(assembly) ? ["dotnet", Quote(Shorten(assembly))] : [ProgramName];
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Contains(Path.GetDirectoryName(path), StringComparer.Ordinal) ? [ProgramName] : [Quote(Shorten(path))];
    }

    private static string Shorten(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? path
            : relative.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? relative : Path.Combine(".", relative);
    }
}
