using System.Diagnostics;
using Atelier.Tests.Shared;
using Atelier.Tokenization;
using Xunit;

namespace Atelier.Tests.Tokenization;

public class ClipTokenizerTests
{
    private static readonly ClipTokenizer Tiny = ClipTokenizer.FromFolder(GoldenFolder.At("tiny-sd1", "tokenizer"));

    [Fact]
    public void Special_tokens_and_sizes_come_from_the_files()
    {
        Assert.Equal(573, Tiny.StartTokenId);
        Assert.Equal(574, Tiny.EndTokenId);
        Assert.Equal(574, Tiny.PadTokenId);
        Assert.Equal(575, Tiny.VocabularySize);
        Assert.Equal(77, Tiny.MaxLength);
    }

    [Fact]
    public void A_single_prompt_is_neither_padded_nor_truncated()
    {
        Assert.Equal([573, 574], Tiny.Encode(""));
        Assert.Equal([573, 320, 516, 533, 574], Tiny.Encode("A RED\ncircle"));
        Assert.Equal(102, Tiny.Encode(string.Concat(Enumerable.Repeat("red ", 100))).Length);
    }

    [Fact]
    public void Truncation_keeps_the_start_and_the_end_token()
    {
        var prompts = Tiny.Encode(["red", string.Concat(Enumerable.Repeat("red ", 75)), string.Concat(Enumerable.Repeat("red ", 76))]);

        Assert.Equal([573, 516, 574, 574], prompts.Row(0)[..4]);
        Assert.Equal([573, .. Enumerable.Repeat(516L, 75), 574], prompts.Row(1));
        Assert.Equal([573, .. Enumerable.Repeat(516L, 75), 574], prompts.Row(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => prompts.Row(3).ToArray());
    }

    [Fact]
    public void Special_tokens_in_a_prompt_are_their_own_ids()
    {
        Assert.Equal([573, 573, 516, 574, 533, 574], Tiny.Encode("<|startoftext|>red<|endoftext|>circle"));
        Assert.Equal([573, 574, 574], Tiny.Encode("<|ENDOFTEXT|>")); // lower-cased first, then a word of CLIP's own pattern
        Assert.Equal([573, 574, 574], Tiny.Encode("<|endof\u200Btext|>"));
    }

    [Theory]
    [InlineData("it's", "it 's")]
    [InlineData("I'LL we've 're", "i 'll we 've 're")]
    [InlineData("a1b23", "a 1 b 2 3")]
    [InlineData("red,, green.", "red ,, green .")]
    [InlineData("!'s", "!' s")]
    [InlineData("'ſx", "'ſ x")]
    [InlineData("x²Ⅷ½", "x ² ⅷ ½")]
    [InlineData("🚀𝒇𝒂 𝟏𝟐", "🚀 𝒇𝒂 𝟏 𝟐")]
    [InlineData("x\u0345", "x")]
    public void Words_are_split_as_CLIP_splits_them(string text, string decoded) =>
        Assert.Equal(decoded, Tiny.Decode(Tiny.Encode(text), skipSpecialTokens: true));

    [Fact]
    public void Decoding_keeps_special_tokens_if_asked_to()
    {
        Assert.Equal("<|startoftext|>a red <|endoftext|><|endoftext|>", Tiny.Decode([573, 320, 516, 574, 574], skipSpecialTokens: false));
        Assert.Equal("a red", Tiny.Decode([573, 320, 516, 574, 574], skipSpecialTokens: true));
        Assert.Equal("", Tiny.Decode([], skipSpecialTokens: true));
    }

    [Fact]
    public void Decoding_replaces_broken_utf8()
    {
        var ids = Tiny.Encode("é");

        Assert.Equal("\uFFFD", Tiny.Decode([ids[1]], skipSpecialTokens: true));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(575)]
    [InlineData(long.MaxValue)]
    public void Decoding_refuses_an_unknown_id(long id) =>
        Assert.Equal(id, Assert.Throws<ArgumentOutOfRangeException>(() => Tiny.Decode([id], skipSpecialTokens: true)).ActualValue);

    [Fact]
    public void Null_prompts_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => Tiny.Encode((string)null!));
        Assert.Throws<ArgumentNullException>(() => Tiny.Encode((IReadOnlyList<string>)null!));
        Assert.Contains("Prompt 1", Assert.Throws<ArgumentException>(() => Tiny.Encode(["red", null!])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_prompt_is_no_rows() => Assert.Empty(Tiny.Encode([]).Ids);

    [Fact]
    public void A_word_of_a_hundred_kilobytes_takes_no_square_of_its_length()
    {
        var stopwatch = Stopwatch.StartNew();

        var ids = Tiny.Encode(string.Concat(Enumerable.Repeat("thered", 17_000)));

        Assert.InRange(ids.Length, 17_000, 102_000);
        Assert.InRange(stopwatch.Elapsed.TotalSeconds, 0, 5); // 0.1 s on two cores, 2026-11; a square takes minutes
    }

    [Fact]
    public void Any_number_of_threads_may_encode_at_once()
    {
        var expected = Tiny.Encode("a green square on the left");

        var results = Enumerable.Range(0, 64).AsParallel().Select(_ => Tiny.Encode("a green square on the left")).ToList();

        Assert.All(results, ids => Assert.Equal(expected, ids));
    }
}
