namespace Atelier.Artifacts.Hub.Cards;

/// <summary>One top-level field of a front matter, with the lines that belong to it.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Start">The offset of its first line.</param>
/// <param name="End">The offset behind its last line; blank lines and comments that follow it belong to what comes after.</param>
internal sealed record FrontMatterEntry(string Key, CardNode Value, int Start, int End);
