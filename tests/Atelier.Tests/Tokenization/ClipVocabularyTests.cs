using System.Text.Json;
using Atelier.Tokenization;
using Xunit;

namespace Atelier.Tests.Tokenization;

public class ClipVocabularyTests
{
    private const string Words =
        "a an the on at left right top bottom background small large plain noisy striped dotted checkered "
        + "red orange yellow green blue purple white black circle square triangle star heart ring cross";

    // Made for these words by an independent implementation in Python, whose files transformers 4.57 reads.
    private const string ExpectedMerges =
        "a n</w>,t h,th e</w>,o n</w>,a t</w>,l e,le f,lef t</w>,r i,ri g,rig h,righ t</w>,t o,to p</w>,b o,bo t,bot to,"
        + "botto m</w>,b a,ba c,bac k,back g,backg r,backgr o,backgro u,backgrou n,backgroun d</w>,s m,sm a,sma l,smal l</w>,l a,"
        + "la r,lar g,larg e</w>,p la,pla i,plai n</w>,n o,no i,noi s,nois y</w>,s t,st ri,stri p,strip e,stripe d</w>,d o,do t,"
        + "dot t,dott e,dotte d</w>,c h,ch e,che c,chec k,check e,checke r,checker e,checkere d</w>,r e,re d</w>,o r,or a,ora n,"
        + "oran g,orang e</w>,y e,ye l,yel l,yell o,yello w</w>,g re,gre e,gree n</w>,b l,bl u,blu e</w>,p u,pu r,pur p,purp l,"
        + "purpl e</w>,w h,wh i,whi t,whit e</w>,b la,bla c,blac k</w>,c i,ci r,cir c,circ l,circl e</w>,s q,sq u,squ a,squa r,"
        + "squar e</w>,t ri,tri a,tria n,trian g,triang l,triangl e</w>,st a,sta r</w>,h e,he a,hea r,hear t</w>,ri n,rin g</w>,c r,"
        + "cr o,cro s,cros s</w>";

    [Fact]
    public void Merges_are_those_of_the_Python_implementation()
    {
        var vocabulary = ClipVocabulary.FromWords(Words.Split(' '));

        Assert.Equal(ExpectedMerges.Split(','), vocabulary.Merges);
        Assert.Equal(632, vocabulary.Tokens.Count);
        Assert.Equal(["!", "\"", "#"], vocabulary.Tokens.Take(3));
        Assert.Equal("Ā", vocabulary.Tokens[188]); // byte 0
        Assert.Equal("!</w>", vocabulary.Tokens[256]);
        Assert.Equal(["<|startoftext|>", "<|endoftext|>"], vocabulary.Tokens.Skip(630));
    }

    [Fact]
    public void Every_word_is_one_token_when_read_back()
    {
        string[] words = [.. Words.Split(' '), "aaaaa", "banana", "1", "--", "žluť", "𝒇𝒂", "red"];
        using var folder = TokenizerFolder.WithWords(words);
        var tokenizer = ClipTokenizer.FromFolder(folder.Path);

        Assert.All(words, word => Assert.Equal(3, tokenizer.Encode(word).Length));
        Assert.Equal("striped right", tokenizer.Decode(tokenizer.Encode("striped right"), skipSpecialTokens: true));
        Assert.Equal(10, tokenizer.MaxLength);
        Assert.Equal(tokenizer.VocabularySize - 2, tokenizer.StartTokenId);
        Assert.Equal(tokenizer.VocabularySize - 1, tokenizer.EndTokenId);
        Assert.Equal(tokenizer.EndTokenId, tokenizer.PadTokenId);
    }

    [Fact]
    public void Any_other_text_can_still_be_encoded()
    {
        using var folder = TokenizerFolder.WithWords("red");
        var tokenizer = ClipTokenizer.FromFolder(folder.Path);

        Assert.Equal("schöne grüße ! 東", tokenizer.Decode(tokenizer.Encode("Schöne Grüße! 東"), skipSpecialTokens: true));
    }

    [Fact]
    public void Files_have_the_keys_that_transformers_writes()
    {
        using var folder = TokenizerFolder.WithWords("red");

        Assert.Equal(
            "add_prefix_space added_tokens_decoder bos_token clean_up_tokenization_spaces do_lower_case eos_token errors extra_special_tokens "
            + "model_max_length pad_token tokenizer_class unk_token",
            Keys("tokenizer_config.json"));
        Assert.Equal("bos_token eos_token pad_token unk_token", Keys("special_tokens_map.json"));
        Assert.Equal("#version: 0.2\nr e\nre d</w>\n", File.ReadAllText(Path.Combine(folder.Path, "merges.txt")));
        Assert.Contains("\"Ā</w>\": 444", File.ReadAllText(Path.Combine(folder.Path, "vocab.json")), StringComparison.Ordinal);

        string Keys(string file)
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, file)));
            return string.Join(' ', document.RootElement.EnumerateObject().Select(property => property.Name));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" red")]
    [InlineData("Red")]
    [InlineData("dark red")]
    [InlineData("don't")]
    [InlineData("12")]
    [InlineData("<|endoftext|>")]
    public void What_is_not_one_cleaned_word_is_refused(string word) =>
        Assert.Contains($"'{word}'", Assert.Throws<ArgumentException>(() => ClipVocabulary.FromWords(["red", word])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_length_without_room_for_a_token_is_refused()
    {
        using var folder = TokenizerFolder.Empty();

        Assert.Throws<ArgumentOutOfRangeException>(() => ClipVocabulary.FromWords(["red"]).Write(folder.Path, 2));
        Assert.Throws<ArgumentException>(() => ClipVocabulary.FromWords(["red"]).Write("", 77));
    }
}
