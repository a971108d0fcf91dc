using System.Text.Json;

namespace Atelier.Tokenization;

/// <summary>What a tokenizer's two settings files say, read as transformers 4.57 reads them.</summary>
internal sealed class TokenizerSettings
{
    private const int DefaultMaxLength = 77;
    private const int MinMaxLength = 3; // start, end, and something between them

    // transformers writes 1e30 where a tokenizer has no limit; no text encoder reads as many as this either.
    private const double MaxMaxLength = 1_000_000;

    private static readonly string[] SpecialNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, AddedToken> _named = new(StringComparer.Ordinal)
    {
        ["bos_token"] = new(ClipWords.StartMark),
        ["eos_token"] = new(ClipWords.EndMark),
        ["unk_token"] = new(ClipWords.EndMark),
        ["pad_token"] = new(ClipWords.EndMark),
    };

    private readonly List<AddedToken> _additional = [];
    private readonly List<AddedToken> _added = [];

    private TokenizerSettings()
    {
    }

    /// <summary>Number of ids of an encoded prompt, at least 3.</summary>
    public int MaxLength { get; private set; } = DefaultMaxLength;

    /// <summary>Whether decoding takes out the spaces before punctuation; it does not, unless the file says so.</summary>
    public bool CleansUpSpaces { get; private set; }

    public string StartToken => _named["bos_token"].Content;

    public string EndToken => _named["eos_token"].Content;

    public string PadToken => _named["pad_token"].Content;

    public string UnknownToken => _named["unk_token"].Content;

    /// <summary>The tokens that decoding can skip.</summary>
    public IEnumerable<string> SpecialTokens => _named.Values.Concat(_additional).Select(token => token.Content).Distinct(StringComparer.Ordinal);

    /// <summary>The tokens to recognise in raw text, each once; how the config describes one goes before how it is described elsewhere.</summary>
    public IEnumerable<AddedToken> AddedTokens => _added.Concat(_named.Values).Concat(_additional).DistinctBy(token => token.Content, StringComparer.Ordinal);

    /// <summary>Reads the settings of a folder; a file that is not there says nothing.</summary>
    public static TokenizerSettings Read(string folder)
    {
        TokenizerSettings settings = new();
        var path = Path.Combine(folder, TokenizerFiles.Config);
        var listsAddedTokens = false;
        using (var config = TokenizerFiles.ReadObject(path))
        {
            if (config is not null)
            {
                settings.ReadConfig(path, config.RootElement);
                listsAddedTokens = config.RootElement.TryGetProperty("added_tokens_decoder", out _);
            }
        }

        // A config that lists its added tokens is complete, and the older file no longer counts; without such a list the older file wins (Stable Diffusion 2's pad token).
        if (!listsAddedTokens)
        {
            path = Path.Combine(folder, TokenizerFiles.SpecialTokens);
            using var map = TokenizerFiles.ReadObject(path);
            if (map is not null)
            {
                settings.ReadSpecialTokens(path, map.RootElement);
            }
        }

        return settings;
    }

    private void ReadConfig(string path, JsonElement config)
    {
        if (config.TryGetProperty("tokenizer_class", out var name) && name.ValueKind == JsonValueKind.String
            && name.GetString() is not ("CLIPTokenizer" or "CLIPTokenizerFast"))
        {
            throw new NotSupportedException($"{path}: tokenizer_class is {name}; only CLIPTokenizer is supported.");
        }

        if (config.TryGetProperty("model_max_length", out var length) && length.ValueKind != JsonValueKind.Null)
        {
            MaxLength = ReadMaxLength(path, length);
        }

        CleansUpSpaces = config.TryGetProperty("clean_up_tokenization_spaces", out var cleansUp) && cleansUp.ValueKind == JsonValueKind.True;
        ReadSpecialTokens(path, config);
        if (config.TryGetProperty("added_tokens_decoder", out var added))
        {
            ReadAddedTokens(path, added);
        }
    }

    private static int ReadMaxLength(string path, JsonElement length)
    {
        if (length.ValueKind == JsonValueKind.Number && length.TryGetDouble(out var value) && value >= MinMaxLength)
        {
            return value > MaxMaxLength ? DefaultMaxLength : (int)value;
        }

        throw new InvalidDataException($"{path}: model_max_length is not a number from {MinMaxLength} on: {length.GetRawText()}.");
    }

    private void ReadSpecialTokens(string path, JsonElement map)
    {
        foreach (var name in SpecialNames)
        {
            if (map.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                _named[name] = ReadToken(path, name, value);
            }
        }

        const string additional = "additional_special_tokens";
        if (map.TryGetProperty(additional, out var values) && values.ValueKind == JsonValueKind.Array)
        {
            _additional.AddRange(values.EnumerateArray().Select(value => ReadToken(path, additional, value)));
        }
    }

    private void ReadAddedTokens(string path, JsonElement added)
    {
        if (added.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{path}: added_tokens_decoder is not a JSON object.");
        }

        foreach (var entry in added.EnumerateObject())
        {
            var name = $"added_tokens_decoder.{entry.Name}";
            _added.Add(int.TryParse(entry.Name, out var id) && id >= 0
                ? ReadToken(path, name, entry.Value) with { Id = id }
                : throw new InvalidDataException($"{path}: {name} is not named by an id."));
        }
    }

    private static AddedToken ReadToken(string path, string name, JsonElement value)
    {
        var isObject = value.ValueKind == JsonValueKind.Object;
        var content = isObject && value.TryGetProperty("content", out var inner) ? inner : value;
        if (content.ValueKind != JsonValueKind.String || content.GetString() is not { Length: > 0 } text)
        {
            throw new InvalidDataException($"{path}: {name} is neither a text nor an object with a text 'content': {value.GetRawText()}.");
        }

        return IsSet("single_word")
            ? throw new NotSupportedException($"{path}: {name} is a single_word token, which is not supported.")
            : new AddedToken(text, StripsLeft: IsSet("lstrip"), StripsRight: IsSet("rstrip"));

        bool IsSet(string flag) => isObject && value.TryGetProperty(flag, out var set) && set.ValueKind == JsonValueKind.True;
    }
}
