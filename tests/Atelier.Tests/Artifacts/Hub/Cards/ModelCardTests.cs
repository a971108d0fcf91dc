using Atelier.Artifacts.Hub.Cards;
using CsCheck;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Cards;

public class ModelCardTests
{
    private static readonly ModelCardFields Usual = new()
    {
        BaseModel = "stable-diffusion-v1-5/stable-diffusion-v1-5",
        BaseModelRelation = "adapter",
        LibraryName = "diffusers",
        PipelineTag = "text-to-image",
        License = "creativeml-openrail-m",
        Tags = ["text-to-image", "lora"],
        Widget = [new CardWidget("a photo: of a \"llama\"", "images/after_0.png")],
    };

    [Fact]
    public void A_card_of_ours_reads_as_in_the_documentation()
    {
        var card = ModelCard.Create(Usual, "# Title\n");

        Assert.Equal(
            """
            ---
            base_model: stable-diffusion-v1-5/stable-diffusion-v1-5
            base_model_relation: adapter
            library_name: diffusers
            pipeline_tag: text-to-image
            license: creativeml-openrail-m
            tags:
            - text-to-image
            - lora
            widget:
            - text: "a photo: of a \"llama\""
              output:
                url: images/after_0.png
            ---

            # Title

            """,
            card.ToString());
        Assert.Empty(card.Problems());
        Assert.Empty(card.Warnings());
    }

    [Fact]
    public void Fields_come_back_from_the_file()
    {
        using TemporaryFolder folder = new();
        ModelCard.Create(Usual, "text").Write(folder.At("README.md"));

        var fields = ModelCard.Read(folder.At("README.md")).Fields;

        Assert.Equal(Usual with { Tags = fields.Tags, Datasets = fields.Datasets, Widget = fields.Widget }, fields);
        Assert.Equal(Usual.Tags, fields.Tags);
        Assert.Equal(Usual.Widget, fields.Widget);
        Assert.Equal((byte)'-', File.ReadAllBytes(folder.At("README.md"))[0]); // no byte-order mark
    }

    // The reader is another's parser, so that what it gives back is not merely our own mistake undone.
    [Fact]
    public void Any_prompt_survives() => Gen.OneOf(Gen.Char, Gen.Char['\0', '\u00ff'], Gen.Char["\"\\'\n\r\t:#-|>&*\u0085\u2028\ufeff\uffff"]).Array[0, 30].Select(letters => new string(letters))
        .Sample(prompt =>
        {
            var card = ModelCard.Parse(ModelCard.Create(Usual with { Widget = [new CardWidget(prompt, "images/after_0.png")] }, "body\n").ToString());
            return card.Problems().Count == 0 && card.Fields.Widget is [var widget] && widget.Text == prompt && card.Body == "\nbody\n";
        });

    [Theory]
    [InlineData("no")]
    [InlineData("Yes")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("12")]
    [InlineData("1e3")]
    [InlineData("0x1F")]
    [InlineData("1:30")]
    [InlineData("2026-01-02")]
    [InlineData(".inf")]
    [InlineData("- a")]
    [InlineData("a # b")]
    [InlineData("a: b")]
    [InlineData("*a")]
    [InlineData("---")]
    [InlineData("")]
    [InlineData(" a ")]
    [InlineData("llama 🦙, 羊駝")]
    public void Texts_that_look_like_something_else_are_quoted(string text)
    {
        var card = ModelCard.Create(Usual with { Tags = [text, "x"], LicenseName = text }, "");

        Assert.Contains($"- \"{text}\"\n", card.ToString(), StringComparison.Ordinal);
        Assert.Contains($"license_name: \"{text}\"\n", card.ToString(), StringComparison.Ordinal);
        Assert.Equal(text, card.Fields.Tags[0]);
        Assert.Empty(card.Problems());
    }

    [Theory]
    [InlineData("---\nlicense: mit\n---\nbody", "body", "mit")]
    [InlineData("---\r\nlicense: mit\r\n---\r\nbody", "body", "mit")]
    [InlineData("\uFEFF---\nlicense: mit\n---\nbody", "body", "mit")]
    [InlineData("\n  ---\nlicense: mit\n---  \t\nbody", "body", "mit")]
    [InlineData("---\nlicense: mit\n---", "", "mit")]
    [InlineData("---\n\nlicense: mit # ---\n\n----\n: x\n---\nbody\n---\n", "body\n---\n", null)]
    [InlineData("--- \nlicense: mit\n---\nbody", "--- \nlicense: mit\n---\nbody", null)]
    [InlineData("# Title\n---\nlicense: mit\n---\n", "# Title\n---\nlicense: mit\n---\n", null)]
    [InlineData("---\nlicense: mit\n", "---\nlicense: mit\n", null)]
    [InlineData("---\n---\nbody", "body", null)]
    [InlineData("", "", null)]
    public void The_front_matter_is_where_the_hub_finds_it(string text, string body, string? license)
    {
        var card = ModelCard.Parse(text);

        Assert.Equal(body, card.Body);
        Assert.Equal(license, card.Fields.License);
        Assert.Equal(text.TrimStart('\uFEFF'), card.ToString());
    }

    [Fact]
    public void A_file_that_is_not_text_is_refused()
    {
        using TemporaryFolder folder = new();

        var refusal = Assert.Throws<InvalidDataException>(() => ModelCard.Read(folder.Write("README.md", [0x2d, 0xff])));

        Assert.Contains("README.md", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("UTF-8", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_no_parser_expects_never_throws() => Gen.Char["-: \n[]{}\"'#a?&*!|>%\t,\r@`"].Array[0, 40].Select(letters => new string(letters))
        .Sample(text =>
        {
            var card = ModelCard.Parse($"---\n{text}\n---\nbody");
            _ = (card.Problems(), card.Warnings(), card.Fields);
            return card.ToString() == $"---\n{text}\n---\nbody";
        });

    [Fact]
    public void A_text_nested_without_end_is_refused()
    {
        var card = ModelCard.Parse($"---\na: {new string('[', 100_000)}\n---\n");

        Assert.Contains("nested", Assert.Single(card.Problems()), StringComparison.Ordinal);
    }
}
