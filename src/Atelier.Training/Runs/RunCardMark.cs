using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Atelier.Training.Runs;

/// <summary>Tells a card's text that Atelier wrote from one that somebody changed, by a hash of the text in its last line, a comment that no page shows.</summary>
internal static partial class RunCardMark
{
    private const int ShownDigitCount = 16;

    /// <summary>Adds the line.</summary>
    public static string Sign(string text) => $"{text}\n<!-- Atelier wrote this text (sha256:{Hash(text)}) and renews it; what you change stays. -->\n";

    /// <summary>Tells whether a card's body is as Atelier wrote it, whatever its line ends are now.</summary>
    public static bool IsUnchanged(string body) => LastLine().Match(body) is { Success: true } line && line.Groups["hash"].Value == Hash(body[..line.Index]);

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n").Trim())))[..ShownDigitCount];

    [GeneratedRegex(@"<!-- Atelier wrote this text \(sha256:(?<hash>[0-9a-f]{16})\)[^\n]*-->\s*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastLine();
}
