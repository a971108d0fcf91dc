namespace Atelier.Artifacts.Hub.Cards;

/// <summary>The kinds of values in a front matter.</summary>
internal enum CardNodeKind
{
    /// <summary>A text, number, truth value or nothing.</summary>
    Scalar,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>A mapping of keys to values.</summary>
    Map,

    /// <summary>A reference to a value elsewhere in the front matter. It is kept and not followed.</summary>
    Alias,
}
