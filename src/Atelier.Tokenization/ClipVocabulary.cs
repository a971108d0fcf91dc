using System.Text.Encodings.Web;
using System.Text.Json;

namespace Atelier.Tokenization;

/// <summary>A small vocabulary in CLIP's file format, in which each of some words is one token.</summary>
/// <remarks>
/// It starts from the 256 bytes and the same 256 at the end of a word, so that any text can be encoded. What the merges so far leave of a word in pieces is merged from
/// the left by new ones. The merges so far are run first because they win: with "right" in the list, "striped" reaches its own merges as s t ri p e d.
/// </remarks>
public sealed class ClipVocabulary
{
    private const int MinMaxLength = 3; // start, end, and a token between them

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private ClipVocabulary(IReadOnlyList<string> tokens, IReadOnlyList<string> merges)
    {
        Tokens = tokens;
        Merges = merges;
    }

    /// <summary>The tokens; a token's index is its id. The last two are the start and the end token.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The merges in order of precedence, each two tokens with a space between them.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>Builds the vocabulary of some words.</summary>
    /// <param name="words">Lower-case words as CLIP splits a text: letters only, or one digit, or signs only. One that comes again changes nothing.</param>
    /// <returns>The vocabulary; it depends on the order of the words.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="words"/> is null.</exception>
    /// <exception cref="ArgumentException">One of the words is not one word to CLIP's tokenizer, or not as cleaning leaves it.</exception>
    public static ClipVocabulary FromWords(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);

        List<string> tokens = [.. ByteAlphabet.InVocabularyOrder.Select(character => character.ToString())];
        tokens.AddRange([.. tokens.Select(token => token + ByteAlphabet.EndOfWord)]);
        var known = tokens.ToHashSet(StringComparer.Ordinal);
        List<string> lines = [];
        BytePairMerges merges = new();
        foreach (var word in words)
        {
            if (!IsOneWord(word))
            {
                throw new ArgumentException($"'{word}' is not one cleaned word.", nameof(words));
            }

            while (merges.Split(word) is [var first, var second, ..])
            {
                var (left, right) = (merges.Symbols[first], merges.Symbols[second]);
                merges.Add(left, right);
                lines.Add($"{left} {right}");
                if (known.Add(left + right))
                {
                    tokens.Add(left + right);
                }
            }
        }

        tokens.AddRange([ClipWords.StartMark, ClipWords.EndMark]);
        return new ClipVocabulary(tokens, lines);
    }

    /// <summary>Writes the four files of a tokenizer folder; <see cref="ClipTokenizer.FromFolder"/> and Python's transformers read it.</summary>
    /// <param name="folder">The folder; made if it is not there, files of the same names in it are replaced.</param>
    /// <param name="modelMaxLength">Number of ids that the text encoder reads, at least 3; 77 in CLIP.</param>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is null or empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="modelMaxLength"/> is below 3.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string folder, int modelMaxLength)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(modelMaxLength, MinMaxLength);

        Directory.CreateDirectory(folder);
        TokenizerFiles.WriteLines(Path.Combine(folder, TokenizerFiles.Merges), Merges.Prepend("#version: 0.2"));
        WriteJson(TokenizerFiles.Vocabulary, Tokens.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal));
        WriteJson(TokenizerFiles.SpecialTokens, new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["bos_token"] = Describe(ClipWords.StartMark),
            ["eos_token"] = Describe(ClipWords.EndMark),
            ["pad_token"] = ClipWords.EndMark,
            ["unk_token"] = Describe(ClipWords.EndMark),
        });
        WriteJson(TokenizerFiles.Config, new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                [$"{Tokens.Count - 2}"] = Describe(ClipWords.StartMark, isSpecial: true),
                [$"{Tokens.Count - 1}"] = Describe(ClipWords.EndMark, isSpecial: true),
            },
            ["bos_token"] = ClipWords.StartMark,
            ["clean_up_tokenization_spaces"] = false,
            ["do_lower_case"] = true,
            ["eos_token"] = ClipWords.EndMark,
            ["errors"] = "replace",
            ["extra_special_tokens"] = new Dictionary<string, object>(StringComparer.Ordinal),
            ["model_max_length"] = modelMaxLength,
            ["pad_token"] = ClipWords.EndMark,
            ["tokenizer_class"] = "CLIPTokenizer",
            ["unk_token"] = ClipWords.EndMark,
        });

        void WriteJson(string name, object content) =>
            TokenizerFiles.WriteLines(Path.Combine(folder, name), [JsonSerializer.Serialize(content, JsonOptions)]);
    }

    private static bool IsOneWord(string word) =>
        !string.IsNullOrEmpty(word)
        && string.Equals(ClipTextCleaning.Clean(word), word, StringComparison.Ordinal)
        && ClipWords.Split(word).Count() == 1
        && word is not (ClipWords.StartMark or ClipWords.EndMark);

    private static Dictionary<string, object> Describe(string content, bool isSpecial = false)
    {
        Dictionary<string, object> token = new(StringComparer.Ordinal)
        {
            ["content"] = content,
            ["lstrip"] = false,
            ["normalized"] = true,
            ["rstrip"] = false,
            ["single_word"] = false,
        };
        if (isSpecial)
        {
            token["special"] = true;
        }

        return token;
    }
}
