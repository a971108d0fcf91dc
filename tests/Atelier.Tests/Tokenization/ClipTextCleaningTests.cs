using Atelier.Tokenization;
using Xunit;

namespace Atelier.Tests.Tokenization;

/// <summary>Expected values are Python 3.13's, by <c>unicodedata.normalize</c>, <c>str.lower</c> and <c>str.split</c>.</summary>
public class ClipTextCleaningTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" \t\r\n ", "")]
    [InlineData("  A\tred \n circle ", "a red circle")]
    [InlineData("a\u00A0b\u2003c\u3000d\u1680e", "a b c d e")]
    [InlineData("a\u2028b\u2029c", "a b c")]
    public void White_space_becomes_single_spaces(string text, string cleaned) => Assert.Equal(cleaned, ClipTextCleaning.Clean(text));

    [Theory]
    [InlineData("a\0b\u0007c", "abc")]
    [InlineData("a\u200Bb\u200Dc\uFEFFd\u00ADe", "abcde")]
    [InlineData("a\u000Bb\u000Cc\u0085d\u001Ce", "abcde")]
    [InlineData("a\uE000b\U000F0000c", "abc")]
    [InlineData("a\uFFFDb", "ab")]
    [InlineData("a\uD83Db", "ab")]
    [InlineData("a\u0378b", "ab")]
    public void Characters_of_category_C_are_removed(string text, string cleaned) => Assert.Equal(cleaned, ClipTextCleaning.Clean(text));

    [Theory]
    [InlineData("日本語のテキスト", "日 本 語 のテキスト")]
    [InlineData("a中b", "a 中 b")]
    [InlineData("한국어", "한국어")]
    [InlineData("\U00020000x", "\U00020000 x")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\U0002F800", "\u4E3D")]
    public void Ideographs_stand_alone(string text, string cleaned) => Assert.Equal(cleaned, ClipTextCleaning.Clean(text));

    [Theory]
    [InlineData("cafe\u0301", "café")]
    [InlineData("\u212Bngstro\u0308m", "ångström")]
    [InlineData("\u1112\u1161\u11AB", "한")]
    [InlineData("\uAC00\u11A8", "각")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")] // reordered by class, nothing to compose with
    [InlineData("s\u0307\u0323", "\u1E69")]
    [InlineData("a\u0300\u0300", "\u00E0\u0300")] // the second mark is not blocked, but has no pair
    [InlineData("a\u0327\u0315\u0300", "\u00E0\u0327\u0315")]
    [InlineData("\u0958", "\u0915\u093C")] // excluded from composition
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011131\U00011127", "\U0001112E")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("ﬁ½²", "ﬁ½²")] // compatibility characters stay
    public void Accents_are_composed_without_the_help_of_ICU(string text, string cleaned) => Assert.Equal(cleaned, ClipTextCleaning.Clean(text));

    [Theory]
    [InlineData("İstanbul", "i\u0307stanbul")]
    [InlineData("I ı", "i ı")]
    [InlineData("ẞ ß ſ", "ß ß ſ")]
    [InlineData("\u212A", "k")]
    [InlineData("Ǆ ǅ", "ǆ ǆ")]
    [InlineData("\U00010400", "\U00010428")]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("ΣΑΣ Σ", "σας σ")]
    [InlineData("ΑΣ' ΑΣ.Α", "ας' ασ.α")]
    [InlineData("ⒶΣ", "ⓐς")]
    [InlineData("1Σ", "1σ")]
    public void Lower_case_is_that_of_Python(string text, string cleaned) => Assert.Equal(cleaned, ClipTextCleaning.Clean(text));

    [Fact]
    public void A_long_run_of_marks_is_composed_at_once()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0315\u0300\u0327", 50_000));

        var cleaned = ClipTextCleaning.Clean(text);

        Assert.Equal('\u00E0', cleaned[0]);
        Assert.Equal(150_000, cleaned.Length);
    }
}
