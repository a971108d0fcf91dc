using System.Buffers;
using System.Text;

namespace Atelier.Tokenization;

/// <summary>CLIP's tokenizer: turns prompts into the ids that its text encoder reads, and back.</summary>
/// <remarks>
/// <para>
/// A prompt is split at special tokens, cleaned (<see cref="ClipTextCleaning"/>), split into words, and every word's bytes are merged by byte-pair encoding. The ids are
/// those of Hugging Face transformers 4.57's <c>CLIPTokenizer</c> without ftfy, including where special tokens are written in a prompt: each is its own id there.
/// So with the pad token of Stable Diffusion 2, "!", an exclamation mark in a prompt is a pad token, as it is in the original.
/// </para>
/// <para>Source: Radford et al. 2021 (arXiv:2103.00020), section 2.4. Differs from transformers: a special token that the vocabulary lacks is refused, not given a new id.</para>
/// <para>An instance never changes; any number of threads may use it at once.</para>
/// </remarks>
public sealed class ClipTokenizer
{
    private readonly BytePairMerges _merges;
    private readonly int[] _symbolIds;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, string> _tokens;
    private readonly AddedToken[] _addedTokens; // longest first
    private readonly SearchValues<char> _addedTokenStarts;
    private readonly HashSet<string> _specialTokens;
    private readonly HashSet<string> _plainAddedTokens; // those that decoding sets apart
    private readonly int _unknownId;
    private readonly bool _cleansUpSpaces;

    private ClipTokenizer(string folder, Dictionary<string, int> vocabulary, BytePairMerges merges, TokenizerSettings settings)
    {
        _merges = merges;
        _addedTokens = [.. settings.AddedTokens.OrderByDescending(token => token.Content.Length)];
        _addedTokenStarts = SearchValues.Create([.. _addedTokens.Select(token => token.Content[0])]);
        _specialTokens = settings.SpecialTokens.ToHashSet(StringComparer.Ordinal);
        _plainAddedTokens = _addedTokens.Select(token => token.Content).Where(token => !_specialTokens.Contains(token)).ToHashSet(StringComparer.Ordinal);
        _cleansUpSpaces = settings.CleansUpSpaces;

        _ids = new(vocabulary, StringComparer.Ordinal);
        foreach (var token in _addedTokens)
        {
            _ids[token.Content] = token.Id ?? IdOfSpecial(token.Content);
        }

        _tokens = [];
        foreach (var (token, id) in _ids)
        {
            _tokens[id] = token;
        }

        MaxLength = settings.MaxLength;
        StartTokenId = _ids[settings.StartToken];
        EndTokenId = _ids[settings.EndToken];
        PadTokenId = _ids[settings.PadToken];
        _unknownId = _ids[settings.UnknownToken];
        _symbolIds = [.. merges.Symbols.Select(IdOf)];

        int IdOfSpecial(string token) => vocabulary.TryGetValue(token, out var id)
            ? id
            : throw new InvalidDataException($"{Path.Combine(folder, TokenizerFiles.Vocabulary)}: the special token '{token}' is not in the vocabulary.");
    }

    /// <summary>Number of ids of every prompt that is encoded as part of a list: the file's <c>model_max_length</c>, or 77 if it has none or one beyond a million.</summary>
    public int MaxLength { get; }

    /// <summary>The id that fills a prompt up to <see cref="MaxLength"/>.</summary>
    public int PadTokenId { get; }

    /// <summary>The id that every prompt starts with.</summary>
    public int StartTokenId { get; }

    /// <summary>The id that ends every prompt; the text encoder's pooled output is taken there.</summary>
    public int EndTokenId { get; }

    /// <summary>Number of tokens, special and added ones included.</summary>
    public int VocabularySize => _ids.Count;

    /// <summary>Reads a tokenizer from a folder such as <c>tokenizer/</c> of a diffusers pipeline.</summary>
    /// <remarks>
    /// It needs <c>vocab.json</c> and <c>merges.txt</c>. <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> may be absent; then CLIP's own special tokens and
    /// length hold. The special tokens are those of <c>special_tokens_map.json</c>, then of the config; if the config has <c>added_tokens_decoder</c>, the config's alone.
    /// </remarks>
    /// <param name="path">The folder.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException"><c>vocab.json</c> or <c>merges.txt</c> is not in it.</exception>
    /// <exception cref="InvalidDataException">A file is not what it should be; the message names it and what is wrong.</exception>
    /// <exception cref="NotSupportedException">A file asks for something that this class does not do; the message names it and the key.</exception>
    public static ClipTokenizer FromFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no tokenizer folder {path}.");
        }

        return new ClipTokenizer(path, TokenizerFiles.ReadVocabulary(path), TokenizerFiles.ReadMerges(path), TokenizerSettings.Read(path));
    }

    /// <summary>Encodes one prompt at its own length.</summary>
    /// <param name="text">The prompt; it may be empty.</param>
    /// <returns>Its ids between the start and the end token, [2 or more]; neither padded nor truncated.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public long[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        List<long> ids = [StartTokenId];
        AppendIds(text, ids);
        ids.Add(EndTokenId);
        return [.. ids];
    }

    /// <summary>Encodes prompts for the text encoder, each at <see cref="MaxLength"/>.</summary>
    /// <param name="texts">The prompts.</param>
    /// <returns>Their ids, [count × MaxLength]: a short prompt is padded after its end token, a long one loses its last words but not its end token.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="texts"/> is null.</exception>
    /// <exception cref="ArgumentException">One of the prompts is null.</exception>
    public TokenizedPrompts Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);

        var rows = new long[texts.Count * MaxLength];
        Array.Fill(rows, PadTokenId);
        for (var i = 0; i < texts.Count; i++)
        {
            var ids = Encode(texts[i] ?? throw new ArgumentException($"Prompt {i} is null.", nameof(texts)));
            if (ids.Length > MaxLength)
            {
                ids = ids[..MaxLength];
                ids[^1] = EndTokenId;
            }

            ids.CopyTo(rows, i * MaxLength);
        }

        return new TokenizedPrompts(rows, texts.Count, MaxLength);
    }

    /// <summary>Turns ids back into text: the cleaned text, its words set apart by spaces.</summary>
    /// <param name="ids">Token ids, one prompt's; for example a row of <see cref="TokenizedPrompts"/>.</param>
    /// <param name="skipSpecialTokens">Whether start, end, pad and other special tokens are left out.</param>
    /// <returns>The text; bytes that are not valid UTF-8 become U+FFFD.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<long> ids, bool skipSpecialTokens)
    {
        List<string> parts = [];
        StringBuilder current = new();
        foreach (var id in ids)
        {
            if (id is < 0 or > int.MaxValue || !_tokens.TryGetValue((int)id, out var token))
            {
                throw new ArgumentOutOfRangeException(nameof(ids), id, "No token has this id.");
            }

            if (skipSpecialTokens && _specialTokens.Contains(token))
            {
                continue;
            }

            if (!_plainAddedTokens.Contains(token))
            {
                current.Append(token);
                continue;
            }

            // An added token that is not special stands for itself, between spaces.
            if (TextOf(current) is { Length: > 0 } text)
            {
                parts.Add(text);
            }

            current.Clear();
            parts.Add(token);
        }

        if (current.Length > 0)
        {
            parts.Add(TextOf(current));
        }

        var decoded = string.Join(' ', parts);
        return _cleansUpSpaces ? CleanUpSpaces(decoded) : decoded;
    }

    private void AppendIds(string text, List<long> ids)
    {
        var start = 0;
        AddedToken? previous = null;
        while (FindAddedToken(text, start, out var position) is { } token)
        {
            AppendWords(Strip(text.AsSpan(start, position - start), previous, token), ids);
            ids.Add(_ids[token.Content]);
            (start, previous) = (position + token.Content.Length, token);
        }

        AppendWords(Strip(text.AsSpan(start), previous, null), ids);
    }

    /// <summary>Finds the first added token from a position on; of several that start there, the longest.</summary>
    private AddedToken? FindAddedToken(string text, int start, out int position)
    {
        for (position = start; position < text.Length; position++)
        {
            var offset = text.AsSpan(position).IndexOfAny(_addedTokenStarts);
            if (offset < 0)
            {
                break;
            }

            position += offset;
            foreach (var token in _addedTokens)
            {
                if (text.AsSpan(position).StartsWith(token.Content, StringComparison.Ordinal))
                {
                    return token;
                }
            }
        }

        return null;
    }

    private static string Strip(ReadOnlySpan<char> text, AddedToken? before, AddedToken? after)
    {
        text = before is { StripsRight: true } ? text.TrimStart() : text;
        text = after is { StripsLeft: true } ? text.TrimEnd() : text;
        return text.ToString();
    }

    private void AppendWords(string text, List<long> ids)
    {
        var cleaned = ClipTextCleaning.Clean(text);
        foreach (var range in ClipWords.Split(cleaned))
        {
            var word = cleaned.AsSpan(range);
            if (word is ClipWords.StartMark or ClipWords.EndMark)
            {
                ids.Add(IdOf(word.ToString()));
                continue;
            }

            foreach (var symbol in _merges.Split(word))
            {
                ids.Add(_symbolIds[symbol]);
            }
        }
    }

    private int IdOf(string token) => _ids.GetValueOrDefault(token, _unknownId);

    private static string TextOf(StringBuilder tokens)
    {
        ArrayBufferWriter<byte> bytes = new(tokens.Length + 1);
        Span<byte> encoded = stackalloc byte[4];
        foreach (var rune in tokens.ToString().EnumerateRunes())
        {
            if (rune.IsBmp && ByteAlphabet.TryGetByte((char)rune.Value, out var value))
            {
                bytes.Write([value]);
            }
            else
            {
                bytes.Write(encoded[..rune.EncodeToUtf8(encoded)]);
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan).Replace(ByteAlphabet.EndOfWord, " ", StringComparison.Ordinal).Trim();
    }

    private static string CleanUpSpaces(string text)
    {
        ReadOnlySpan<string> spaced = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"];
        foreach (var ending in spaced)
        {
            text = text.Replace(ending, ending.Trim(), StringComparison.Ordinal);
        }

        return text;
    }
}
