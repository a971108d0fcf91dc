using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>Writes the few forms of YAML that our fields need, so that every reader sees the same text.</summary>
internal static partial class YamlText
{
    /// <summary>Writes <c>key: value</c> with quotes where the value could be read as something else than a text.</summary>
    public static string Line(string key, string value) => $"{key}: {Scalar(value)}\n";

    /// <summary>Writes a list, one item a line.</summary>
    public static string List(string key, IEnumerable<string> values) => $"{key}:\n{string.Concat(values.Select(value => $"- {Scalar(value)}\n"))}";

    public static string Scalar(string value) => Plain().IsMatch(value) && !Words().IsMatch(value) ? value : Quote(value);

    /// <summary>Writes any text on one line: what isn't printable, ends lines, or is read differently by versions of YAML, is escaped.</summary>
    public static string Quote(string value)
    {
        StringBuilder quoted = new("\"");
        for (var i = 0; i < value.Length; i++)
        {
            _ = value[i] switch
            {
                '"' or '\\' => quoted.Append('\\').Append(value[i]),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when i + 1 < value.Length && char.IsSurrogatePair(value, i) => quoted.Append(value, i++, 2),
                var letter when IsUnsafe(letter) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                var letter => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }

    // Half of a surrogate pair has no form in UTF-8.
    private static bool IsUnsafe(char letter) =>
        letter is < ' ' or (>= '\u007F' and <= '\u00A0') or '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF' || char.IsSurrogate(letter);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_./+-]*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Plain();

    // What some version of YAML takes for a truth value or for nothing.
    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Words();
}
