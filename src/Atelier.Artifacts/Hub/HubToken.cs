using System.Diagnostics;

namespace Atelier.Artifacts.Hub;

/// <summary>
/// Holds an access token of the hub. Its text is never shown: not by <see cref="ToString"/>, not in messages, not to serializers; only its source is.
/// </summary>
[DebuggerDisplay("{Source}")]
public sealed class HubToken
{
    private readonly string _text;

    private HubToken(string text, string source, bool isExplicit) => (_text, Source, IsExplicit) = (text, source, isExplicit);

    /// <summary>Gives where the token comes from, such as <c>HF_TOKEN</c>, <c>the option --token</c> or a file's path.</summary>
    public string Source { get; }

    /// <summary>Says whether the user gave the token for this very call.</summary>
    public bool IsExplicit { get; }

    /// <summary>Cleans a text and takes it as a token: line ends and outer blanks are removed.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="isExplicit">Whether the user gave it for this very call.</param>
    /// <returns>The token, or null when nothing is left.</returns>
    /// <exception cref="HubException">The text holds something that no token has; the message names the source and not the text.</exception>
    public static HubToken? From(string? text, string source, bool isExplicit = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        var cleaned = (text ?? "").Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();
        if (cleaned.Length == 0)
        {
            return null;
        }

        return cleaned.All(letter => letter is > ' ' and < '\x7f')
            ? new HubToken(cleaned, source, isExplicit)
            : throw new HubException(HubErrorKind.InvalidToken, $"The token from {source} holds a character that no token has (a blank, a letter outside ASCII or a control character). Copy it again from https://huggingface.co/settings/tokens.");
    }

    /// <summary>Says that a token is set and where it comes from.</summary>
    /// <returns>Such as <c>set (from HF_TOKEN)</c>.</returns>
    public override string ToString() => $"set (from {Source})";

    /// <summary>Gives the value of the Authorization header; the only place where the text is handed out.</summary>
    /// <returns>The header's value.</returns>
    internal string Bearer() => $"Bearer {_text}";

    /// <summary>Removes the token from a text of a server, which might repeat it.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text without it.</returns>
    internal string Remove(string text) => text.Replace(_text, "***", StringComparison.Ordinal);
}
