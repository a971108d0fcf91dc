using System.Globalization;
using System.Text;

namespace Atelier.Artifacts.Hub;

/// <summary>Makes texts of others fit for one line of a message.</summary>
internal static class HubText
{
    private const int MaximumLength = 500;

    /// <summary>Puts a text on one line: control characters become blanks, runs of blanks one, and what is too long is cut.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maximumLength">The longest result.</param>
    /// <returns>The line.</returns>
    public static string Shown(string text, int maximumLength = MaximumLength)
    {
        var line = new StringBuilder();
        foreach (var letter in text)
        {
            if (char.IsControl(letter) || char.IsWhiteSpace(letter))
            {
                if (line.Length > 0 && line[^1] != ' ')
                {
                    line.Append(' ');
                }
            }
            else if (char.GetUnicodeCategory(letter) != UnicodeCategory.Format)
            {
                line.Append(letter);
            }

            if (line.Length >= maximumLength)
            {
                return line.Append('…').ToString();
            }
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>Puts a server's text on one line, without the token, which the server might repeat.</summary>
    /// <param name="text">The text.</param>
    /// <param name="token">The token, or null.</param>
    /// <param name="maximumLength">The longest result.</param>
    /// <returns>The line.</returns>
    public static string Shown(string text, HubToken? token, int maximumLength = MaximumLength)
    {
        // What is not shown may stand within the token, and a cut may leave the half of it.
        var whole = Shown(text, int.MaxValue);
        return Shown(token?.Remove(whole) ?? whole, maximumLength);
    }

    /// <summary>Writes a number of bytes in the unit that fits.</summary>
    /// <param name="byteCount">The number.</param>
    /// <returns>Such as <c>4.27 GB</c>.</returns>
    public static string Bytes(long byteCount) => byteCount switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{byteCount} bytes"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{byteCount / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{byteCount / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{byteCount / 1e9:0.00} GB"),
    };

    /// <summary>Writes names as a list that does not get too long.</summary>
    /// <param name="names">The names.</param>
    /// <param name="maximumCount">How many are written out.</param>
    /// <returns>Such as <c>a, b and 3 more</c>.</returns>
    public static string List(IReadOnlyCollection<string> names, int maximumCount = 10)
    {
        var shown = string.Join(", ", names.Take(maximumCount).Select(name => Shown(name, 200)));
        return names.Count > maximumCount ? $"{shown} and {names.Count - maximumCount} more" : shown;
    }
}
