using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Cards;

/// <summary>One value of a front matter, and where it stands.</summary>
/// <param name="kind">What it is.</param>
/// <param name="position">The offset of its first character in the YAML text.</param>
internal sealed partial class CardNode(CardNodeKind kind, int position)
{
    public CardNodeKind Kind { get; } = kind;

    public int Position { get; } = position;

    /// <summary>Gets a scalar's content, or the name that an alias refers to.</summary>
    public string Text { get; init; } = "";

    /// <summary>Tells whether a scalar stands without quotes, so that it may be a number or a truth value.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Gets the items of a list.</summary>
    public List<CardNode> Items { get; } = [];

    /// <summary>Gets the keys and values of a mapping in the order of the text.</summary>
    public List<(CardNode Key, CardNode Value)> Pairs { get; } = [];

    /// <summary>Tells whether every reader of YAML 1.2 takes this for a text.</summary>
    public bool IsText => Kind == CardNodeKind.Scalar && !(IsPlain && OtherThanText().IsMatch(Text));

    public bool IsNothing => Kind == CardNodeKind.Scalar && IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public CardNode? Find(string key) => Pairs.Find(pair => pair.Key.Text == key).Value;

    public bool IsSameAs(CardNode other) =>
        Kind == other.Kind && Text == other.Text && IsText == other.IsText
        && Items.Count == other.Items.Count && Items.Zip(other.Items).All(pair => pair.First.IsSameAs(pair.Second))
        && Pairs.Count == other.Pairs.Count && Pairs.Zip(other.Pairs).All(pair => pair.First.Key.IsSameAs(pair.Second.Key) && pair.First.Value.IsSameAs(pair.Second.Value));

    // Nothing, truth values, numbers, dates.
    [GeneratedRegex(
        @"^(|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+)|[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex OtherThanText();
}
