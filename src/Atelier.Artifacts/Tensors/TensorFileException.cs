using System.Globalization;
using System.Text;

namespace Atelier.Artifacts.Tensors;

/// <summary>
/// Reports a file of tensors, or an index of several, that is damaged, hostile or not what was asked for.
/// </summary>
/// <remarks>The message is one line: the file, the tensor where one is at fault, and what is wrong.</remarks>
public sealed class TensorFileException : Exception
{
    private const int ShownNameLength = 200;

    /// <summary>Creates the exception.</summary>
    /// <param name="fileName">The file, as the caller named it.</param>
    /// <param name="tensorName">The tensor at fault, or null when the file as a whole is.</param>
    /// <param name="problem">What is wrong, as the rest of a sentence.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public TensorFileException(string fileName, string? tensorName, string problem, Exception? innerException = null)
        : base(tensorName is null ? $"{fileName}: {problem}" : $"{fileName}: tensor '{Shown(tensorName)}': {problem}", innerException)
    {
        FileName = fileName;
        TensorName = tensorName;
        Problem = problem;
    }

    /// <summary>Gives the file, as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>Gives the tensor at fault, or null when the file as a whole is.</summary>
    public string? TensorName { get; }

    /// <summary>Gives what is wrong, without the names.</summary>
    public string Problem { get; }

    /// <summary>Makes a text from a file fit for one line of a message: cut to 200 characters, control characters escaped.</summary>
    internal static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, ShownNameLength)))
        {
            if (char.IsControl(character) || char.IsSurrogate(character))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                shown.Append(character);
            }
        }

        return text.Length > ShownNameLength ? shown.Append('…').ToString() : shown.ToString();
    }
}
