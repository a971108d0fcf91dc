namespace Atelier.Rewards.Scenes;

/// <summary>Holds the words with which captions of the drawn world are written.</summary>
public static class SceneGrammar
{
    /// <summary>Gets every colour, in the order of the enumeration.</summary>
    public static IReadOnlyList<SceneColour> Colours { get; } = Enum.GetValues<SceneColour>();

    /// <summary>Gets every shape, in the order of the enumeration.</summary>
    public static IReadOnlyList<SceneShape> Shapes { get; } = Enum.GetValues<SceneShape>();

    /// <summary>Gets every word that a caption can contain, in the order in which a vocabulary is built from them.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        "a", "an", "the", "on", "at", "left", "right", "top", "bottom", "background",
        "small", "large", "plain", "noisy", "striped", "dotted", "checkered",
        .. Colours.Select(Word),
        .. Shapes.Select(Word),
    ];

    /// <summary>Spells a fact as captions do.</summary>
    /// <typeparam name="TFact">One of the enumerations of this namespace.</typeparam>
    /// <param name="fact">A defined member of it.</param>
    /// <returns>Its word in lower case, such as <c>red</c>.</returns>
    public static string Word<TFact>(TFact fact)
        where TFact : struct, Enum =>
        Spelling<TFact>.Words[fact];

    /// <summary>Reads a word as a fact.</summary>
    /// <typeparam name="TFact">One of the enumerations of this namespace.</typeparam>
    /// <param name="word">A word in lower case.</param>
    /// <param name="fact">What it says; undefined when the result is false.</param>
    /// <returns>True when the word names a member of the enumeration.</returns>
    public static bool TryRead<TFact>(string word, out TFact fact)
        where TFact : struct, Enum =>
        Spelling<TFact>.Facts.TryGetValue(word, out fact);

    private static class Spelling<TFact>
        where TFact : struct, Enum
    {
        public static readonly Dictionary<TFact, string> Words = Enum.GetValues<TFact>().ToDictionary(fact => fact, fact => fact.ToString().ToLowerInvariant());
        public static readonly Dictionary<string, TFact> Facts = Words.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
