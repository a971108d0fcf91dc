using Atelier.Tokenization;
using Xunit;

namespace Atelier.Tests.Tokenization;

/// <summary>What the files say, and what is said about them when they are wrong.</summary>
public class TokenizerFilesTests
{
    private const string Config = "tokenizer_config.json";
    private const string SpecialTokens = "special_tokens_map.json";

    [Fact]
    public void The_older_file_chooses_the_pad_token_of_Stable_Diffusion_2()
    {
        using var folder = TokenizerFolder.WithWords("red")
            .With(Config, """{"model_max_length": 6, "pad_token": "<|endoftext|>", "bos_token": {"__type": "AddedToken", "content": "<|startoftext|>"}}""")
            .With(SpecialTokens, """{"pad_token": "!", "eos_token": {"content": "<|endoftext|>", "lstrip": false}}""");

        var tokenizer = ClipTokenizer.FromFolder(folder.Path);

        var (start, end, red) = (tokenizer.StartTokenId, tokenizer.EndTokenId, 513L);
        Assert.Equal(0, tokenizer.PadTokenId);
        Assert.Equal([start, red, end, 0, 0, 0], tokenizer.Encode(["red"]).Ids);

        // As in the original, the pad token's text in a prompt is the pad token: "!" and not "!</w>", each for itself.
        Assert.Equal([start, red, 0, 0, end], tokenizer.Encode("red!!"));
        Assert.Equal("red", tokenizer.Decode(tokenizer.Encode("red!!"), skipSpecialTokens: true));
        Assert.Equal("red !!<|endoftext|>", tokenizer.Decode([red, 0, 0, end], skipSpecialTokens: false));
    }

    [Fact]
    public void A_config_that_lists_its_added_tokens_outvotes_the_older_file()
    {
        using var folder = TokenizerFolder.WithWords("red")
            .With(Config, """{"pad_token": "!", "added_tokens_decoder": {"514": {"content": "<|startoftext|>"}, "515": {"content": "<|endoftext|>"}}}""")
            .With(SpecialTokens, """{"pad_token": "<|endoftext|>"}""");

        Assert.Equal(0, ClipTokenizer.FromFolder(folder.Path).PadTokenId);
    }

    [Fact]
    public void Both_settings_files_may_be_absent()
    {
        using var folder = TokenizerFolder.WithWords("red").Without(Config).Without(SpecialTokens);

        var tokenizer = ClipTokenizer.FromFolder(folder.Path);

        Assert.Equal(77, tokenizer.MaxLength);
        Assert.Equal(tokenizer.EndTokenId, tokenizer.PadTokenId);
    }

    [Fact]
    public void An_added_token_takes_the_white_space_that_it_is_said_to_take_and_stands_alone_when_decoded()
    {
        using var folder = TokenizerFolder.WithWords("red").With(
            Config, """{"added_tokens_decoder": {"600": {"content": "<Cat>", "lstrip": true, "rstrip": true}, "601": {"content": "<Cat>s"}}}""");
        var tokenizer = ClipTokenizer.FromFolder(folder.Path);

        var ids = tokenizer.Encode("red <Cat> red<Cat>s <cat>");

        Assert.Equal([513, 600, 513, 601], ids[1..5]); // the longest wins
        Assert.True(ids.Length > 6); // <cat> is ordinary text
        Assert.Equal("red <Cat> red <Cat>s < cat >", tokenizer.Decode(ids, skipSpecialTokens: true));
        Assert.Equal(518, tokenizer.VocabularySize);
    }

    [Fact]
    public void Spaces_before_punctuation_go_if_the_config_says_so()
    {
        using var folder = TokenizerFolder.WithWords("red").With(Config, """{"clean_up_tokenization_spaces": true}""");
        var tokenizer = ClipTokenizer.FromFolder(folder.Path);

        Assert.Equal("it's red, red.", tokenizer.Decode(tokenizer.Encode("it's red, red."), skipSpecialTokens: true));
    }

    [Theory]
    [InlineData("40", 40)]
    [InlineData("1000000000000000019884624838656", 77)]
    [InlineData("1e30", 77)]
    [InlineData("null", 77)]
    public void Length_is_the_files_unless_it_has_no_limit(string value, int expected)
    {
        using var folder = TokenizerFolder.WithWords("red").With(Config, $$"""{"model_max_length": {{value}}}""");

        Assert.Equal(expected, ClipTokenizer.FromFolder(folder.Path).MaxLength);
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void A_missing_file_is_named(string file)
    {
        using var folder = TokenizerFolder.WithWords("red").Without(file);

        var exception = Assert.Throws<FileNotFoundException>(() => ClipTokenizer.FromFolder(folder.Path));

        Assert.Contains(Path.Combine(folder.Path, file), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        using var folder = TokenizerFolder.Empty();
        var missing = Path.Combine(folder.Path, "tokenizer");

        Assert.Contains(missing, Assert.Throws<DirectoryNotFoundException>(() => ClipTokenizer.FromFolder(missing)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ClipTokenizer.FromFolder(""));
    }

    [Theory]
    [InlineData("vocab.json", "{", "not valid JSON")]
    [InlineData("vocab.json", "[1]", "no JSON object")]
    [InlineData("vocab.json", """{"a": "b"}""", "the id of token 'a'")]
    [InlineData("vocab.json", """{"a": -1}""", "the id of token 'a'")]
    [InlineData("merges.txt", "#version: 0.2\na b\na b c\n", "line 3: a merge is two tokens")]
    [InlineData(Config, "nothing", "not valid JSON")]
    [InlineData(Config, """{"model_max_length": "long"}""", "model_max_length")]
    [InlineData(Config, """{"model_max_length": 2}""", "model_max_length")]
    [InlineData(Config, """{"pad_token": 1}""", "pad_token")]
    [InlineData(Config, """{"pad_token": ""}""", "pad_token")]
    [InlineData(Config, """{"added_tokens_decoder": []}""", "added_tokens_decoder")]
    [InlineData(Config, """{"added_tokens_decoder": {"one": "a"}}""", "added_tokens_decoder.one")]
    public void A_malformed_file_is_named_with_what_is_wrong(string file, string content, string complaint)
    {
        using var folder = TokenizerFolder.WithWords("red").With(file, content);

        var exception = Assert.Throws<InvalidDataException>(() => ClipTokenizer.FromFolder(folder.Path));

        Assert.Contains(Path.Combine(folder.Path, file), exception.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_special_tokens_map_is_named()
    {
        using var folder = TokenizerFolder.WithWords("red").With(Config, "{}").With(SpecialTokens, """{"eos_token": {"contents": "x"}}""");

        var exception = Assert.Throws<InvalidDataException>(() => ClipTokenizer.FromFolder(folder.Path));

        Assert.Contains(Path.Combine(folder.Path, SpecialTokens), exception.Message, StringComparison.Ordinal);
        Assert.Contains("eos_token", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_special_token_that_the_vocabulary_lacks_is_named()
    {
        using var folder = TokenizerFolder.WithWords("red").Without(Config).With(SpecialTokens, """{"pad_token": "<pad>"}""");

        var exception = Assert.Throws<InvalidDataException>(() => ClipTokenizer.FromFolder(folder.Path));

        Assert.Contains(Path.Combine(folder.Path, "vocab.json"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("'<pad>'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tokenizer_class": "BertTokenizer"}""", "tokenizer_class is BertTokenizer")]
    [InlineData("""{"mask_token": {"content": "a", "single_word": true}}""", "mask_token is a single_word token")]
    public void What_is_not_supported_is_refused_by_file_and_key(string config, string complaint)
    {
        using var folder = TokenizerFolder.WithWords("red").With(Config, config);

        var exception = Assert.Throws<NotSupportedException>(() => ClipTokenizer.FromFolder(folder.Path));

        Assert.Contains(Path.Combine(folder.Path, Config), exception.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_listed_twice_has_the_later_rank()
    {
        using var folder = TokenizerFolder.WithWords("abx", "bc").With("merges.txt", "#version: 0.2\nb c</w>\na b\nb c</w>\n");

        Assert.Equal([512, 322], ClipTokenizer.FromFolder(folder.Path).Encode("abc")[1..^1]); // ab c</w>, not a bc</w>
    }

    [Fact]
    public void All_occurrences_of_a_pair_are_merged_before_a_pair_that_they_give_rise_to()
    {
        using var folder = TokenizerFolder.WithWords("xyq").With("merges.txt", "#version: 0.2\nxy x\nx y\n");

        Assert.Equal([512, 512, 345], ClipTokenizer.FromFolder(folder.Path).Encode("xyxyz")[1..^1]); // xy xy z</w>, not xyx y z</w>
    }

    [Fact]
    public void Windows_line_ends_and_blank_lines_do_no_harm()
    {
        using var folder = TokenizerFolder.WithWords("red").With("merges.txt", "#version: 0.2\r\nr e\r\nre d</w>\r\n\r\n");

        Assert.Equal(3, ClipTokenizer.FromFolder(folder.Path).Encode("red").Length);
    }
}
