namespace Atelier.Tokenization;

/// <summary>The 256 printable characters that stand for bytes in a byte-level vocabulary.</summary>
/// <remarks>A printable Latin-1 byte is its own character; the other bytes take U+0100, U+0101, ... in their order. Source: GPT-2's tokenizer.</remarks>
internal static class ByteAlphabet
{
    /// <summary>The mark on a token that ends a word.</summary>
    public const string EndOfWord = "</w>";

    private static readonly char[] Characters = MakeCharacters();

    private static readonly Dictionary<char, byte> Bytes = Characters.Index().ToDictionary(pair => pair.Item, pair => (byte)pair.Index);

    /// <summary>The characters in the order in which a vocabulary lists them: those that stand for themselves come first.</summary>
    public static IEnumerable<char> InVocabularyOrder => Characters.Order();

    /// <summary>The character that stands for a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>Finds the byte that a character stands for.</summary>
    public static bool TryGetByte(char character, out byte value) => Bytes.TryGetValue(character, out value);

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = (char)256;
        for (var value = 0; value < characters.Length; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
            characters[value] = isPrintable ? (char)value : next++;
        }

        return characters;
    }
}
