using System.Text;

namespace Atelier.Cli.Options;

/// <summary>Breaks text into lines of a terminal's usual width.</summary>
internal static class TextWrap
{
    public const int Width = 80;

    /// <summary>Writes a paragraph; a word that is wider than the line stands alone on one.</summary>
    public static void WriteParagraph(this TextWriter writer, string text, int indent = 0)
    {
        StringBuilder line = new(new string(' ', indent));
        var isEmpty = true;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                writer.WriteLine(line);
                line.Clear().Append(' ', indent);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        writer.WriteLine(line);
    }
}
