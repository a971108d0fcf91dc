using Atelier.Artifacts.Hub.Cards;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Cards;

public class ModelCardMergeTests
{
    private static readonly ModelCard Ours = ModelCard.Create(
        new ModelCardFields
        {
            BaseModel = "ns/base",
            License = "openrail++",
            Tags = ["text-to-image", "lora"],
            Widget = [new CardWidget("a llama", "images/after_0.png")],
        },
        "# Ours\n");

    [Fact]
    public void Their_fields_order_comments_and_body_stay()
    {
        const string Existing =
            """
            ---
            # about us
            language: [en]   # only
            license: mit  # chosen by the team

            # what it is for
            tags:
              - "art"
              - lora

            # their own
            co2_eq_emissions:
              emissions: 0x10
            text: |
              # no comment
                kept

            # last
            ---
            # Their title

            ---
            text

            """;

        var merged = ModelCard.Merge(ModelCard.Parse(Existing), Ours).ToString();

        Assert.Equal(
            """
            ---
            # about us
            language: [en]   # only
            license: openrail++

            # what it is for
            tags:
            - art
            - lora
            - text-to-image

            # their own
            co2_eq_emissions:
              emissions: 0x10
            text: |
              # no comment
                kept

            # last
            base_model: ns/base
            widget:
            - text: "a llama"
              output:
                url: images/after_0.png
            ---
            # Their title

            ---
            text

            """,
            merged);
    }

    [Fact]
    public void Merging_twice_changes_nothing_more()
    {
        var once = ModelCard.Merge(ModelCard.Parse("---\nlicense: 'mit' # x\n---\ntext"), Ours);

        Assert.Equal(once.ToString(), ModelCard.Merge(once, Ours).ToString());
    }

    [Fact]
    public void A_field_that_says_the_same_keeps_its_spelling()
    {
        var merged = ModelCard.Merge(ModelCard.Parse("---\nbase_model: 'ns/base' # ours\nlicense: openrail++\ntags: [lora, text-to-image]\n---\n"), Ours).ToString();

        Assert.Contains("base_model: 'ns/base' # ours\nlicense: openrail++\ntags: [lora, text-to-image]\n", merged, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_ends_are_kept()
    {
        var merged = ModelCard.Merge(ModelCard.Parse("---\r\nlicense: mit\r\nmine: 1\r\n---\r\nbody\r\n"), Ours).ToString();

        Assert.StartsWith("---\r\nlicense: openrail++\r\nmine: 1\r\nbase_model: ns/base\r\n", merged, StringComparison.Ordinal);
        Assert.Equal(merged.Count(letter => letter == '\n'), merged.Count(letter => letter == '\r'));
        Assert.EndsWith("---\r\nbody\r\n", merged, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# Theirs\n", "\n# Theirs\n")]
    [InlineData("\n# Theirs\n", "\n# Theirs\n")]
    [InlineData("", "\n# Ours\n")]
    [InlineData("---\nlicense: mit\n---\n \n", "\n# Ours\n")]
    [InlineData("---\n---\nbody\n", "body\n")]
    public void A_front_matter_is_added_where_there_is_none_and_a_body_where_it_is_blank(string existing, string body)
    {
        var merged = ModelCard.Merge(ModelCard.Parse(existing), Ours);

        Assert.Equal(body, merged.Body);
        Assert.Equal("ns/base", ModelCard.Parse(merged.ToString()).Fields.BaseModel);
        Assert.Empty(merged.Problems());
    }

    [Fact]
    public void What_ours_does_not_say_stays()
    {
        var merged = ModelCard.Merge(
            ModelCard.Parse("---\nbase_model: ns/theirs\nlicense: other\nlicense_name: x\nlicense_link: LICENSE\nwidget: []\n---\n"),
            ModelCard.Create(new ModelCardFields { LibraryName = "diffusers" }, ""));

        Assert.Equal("---\nbase_model: ns/theirs\nlicense: other\nlicense_name: x\nlicense_link: LICENSE\nwidget: []\nlibrary_name: diffusers\n---\n", merged.ToString());
    }

    [Fact]
    public void The_name_of_a_licence_goes_with_it()
    {
        var merged = ModelCard.Merge(ModelCard.Parse("---\nlicense: other\nlicense_name: x\nlicense_link: LICENSE\n---\n"), Ours);

        Assert.Equal(("openrail++", null, null), (merged.Fields.License, merged.Fields.LicenseName, merged.Fields.LicenseLink));
    }

    [Theory]
    [InlineData("license: other # ours\nlicense_name: x\nlicense_link: LICENSE\n", "license: other # ours\nlicense_name: x\nlicense_link: LICENSE\n")]
    [InlineData("license: mit\n", "license: mit\n")]
    [InlineData("license: [mit, gpl]\n", "license: [mit, gpl]\n")]
    [InlineData("license:\n", "license: openrail++\n")]
    [InlineData("mine: 1\n", "mine: 1\nbase_model: ns/base\nlicense: openrail++\n")]
    public void A_licence_that_is_there_can_be_kept(string existing, string expected)
    {
        var merged = ModelCard.Merge(ModelCard.Parse($"---\n{existing}---\n"), Ours, keepsLicense: true).ToString();

        Assert.StartsWith($"---\n{expected}", merged, StringComparison.Ordinal);
        Assert.Contains("base_model: ns/base", merged, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tag_of_a_LoRA_goes_when_the_model_is_whole()
    {
        var whole = ModelCard.Create(new ModelCardFields { Tags = ["text-to-image"] }, "");

        Assert.Equal(["mine", "text-to-image"], ModelCard.Merge(ModelCard.Parse("---\ntags: [mine, lora]\n---\n"), whole).Fields.Tags);
    }

    [Theory]
    [InlineData("  license: mit\n  mine: 1", "  license: openrail++\n  mine: 1\n  base_model: ns/base\n  tags:\n  - text-to-image\n")]
    [InlineData("{license: mit, mine: \"1\", list: [a, {b: c}]}", "license: openrail++\nmine: \"1\"\nlist: [a, {b: c}]\nbase_model: ns/base\n")]
    [InlineData("{license: mit, mine: Wait...}", "license: openrail++\nmine: Wait...\nbase_model: ns/base\n")]
    [InlineData("{mine: Wait..., license: mit}", "mine: Wait...\nlicense: openrail++\nbase_model: ns/base\n")]
    [InlineData("{mine: \"...\", list: [a..., b]}", "mine: \"...\"\nlist: [a..., b]\nbase_model: ns/base\n")]
    [InlineData("# nothing yet", "# nothing yet\nbase_model: ns/base\n")]
    [InlineData("license: \"mit\n  \"\nmine: |\n\n  x\n\n", "license: openrail++\nmine: |\n\n  x\n\n\nbase_model: ns/base\n")]
    public void Other_ways_to_write_a_mapping_are_understood(string yaml, string expected)
    {
        var merged = ModelCard.Merge(ModelCard.Parse($"---\n{yaml}\n---\nbody"), Ours);

        Assert.StartsWith("---\n" + expected, merged.ToString(), StringComparison.Ordinal);
        Assert.Empty(merged.Problems());
        Assert.Equal("a llama", Assert.Single(merged.Fields.Widget).Text);
    }

    [Theory]
    [InlineData("a: [", "line 2")]
    [InlineData("license: &x mit\nmine: *x", "x")]
    public void A_front_matter_that_cannot_be_updated_is_left_alone(string yaml, string part)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => ModelCard.Merge(ModelCard.Parse($"---\n{yaml}\n---\n"), Ours));

        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("eplace it", refusal.Message, StringComparison.Ordinal);
    }
}
