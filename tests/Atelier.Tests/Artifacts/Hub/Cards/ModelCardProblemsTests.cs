using Atelier.Artifacts.Hub.Cards;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Cards;

public class ModelCardProblemsTests
{
    [Theory]
    [InlineData("license: mit")]
    [InlineData("license: other\nlicense_name: my-licence\nlicense_link: LICENSE")]
    [InlineData("license: other\nlicense_name: my-licence\nlicense_link: https://example.org/licence")]
    [InlineData("license: [mit, apache-2.0]")]
    [InlineData("base_model: gpt2")]
    [InlineData("base_model: [ns/a, ns/b.c_d]")]
    [InlineData("base_model:\n")]
    [InlineData("datasets:\n- ns/name\n- squad")]
    [InlineData("language: [en, pt-BR, multilingual, no]")]
    [InlineData("tags: lora")]
    [InlineData("tags:\n- \"12\"\n- yes")]
    [InlineData("pipeline_tag: text-to-image")]
    [InlineData("widget:\n- text: hello\n  output: {url: images/a.png}\n- src: https://example.org/a.png")]
    [InlineData("widget:\n- output:\n    url: https://example.org/a.png")]
    [InlineData("model-index:\n- name: x\n  results: []")]
    [InlineData("anything: {at: [all, 1, null]}")]
    [InlineData("a: &x mit\nlicense: *x")]
    public void What_the_hub_accepts_is_accepted(string yaml) => Assert.Empty(Problems(yaml));

    [Theory]
    [InlineData("# comment\nlicense: mit-licence", 3, "license: \"mit-licence\" is no licence identifier")]
    [InlineData("license: MIT", 2, "\"MIT\"")]
    [InlineData("license: 2", 2, "\"2\"")]
    [InlineData("license: {a: b}", 2, "a list or mapping")]
    [InlineData("license: [mit,\n  no-such]", 3, "no-such")]
    [InlineData("license: other\nlicense_link: LICENSE", 2, "needs license_name")]
    [InlineData("license: other\nlicense_name: x", 2, "needs license_link")]
    [InlineData("license: other\nlicense_name: x\nlicense_link: ../LICENSE", 4, "license_link")]
    [InlineData("license: other\nlicense_name: x\nlicense_link: /home/me/LICENSE", 4, "license_link")]
    [InlineData("base_model: /home/me/model", 2, "is a path")]
    [InlineData("base_model: ./model", 2, "is a path")]
    [InlineData("base_model: runs/x/final", 2, "is a path")]
    [InlineData("base_model: C:\\models\\x", 2, "is a path")]
    [InlineData("base_model: \"~/model\"", 2, "is a path")]
    [InlineData("base_model: my model", 2, "not a model's id")]
    [InlineData("base_model: ns/a--b", 2, "not a model's id")]
    [InlineData("base_model: ns/a.git", 2, "not a model's id")]
    [InlineData("base_model: 12", 2, "not a model's id")]
    [InlineData("base_model:\n- ns/a\n- -b", 4, "not a model's id")]
    [InlineData("new_version: a b", 2, "new_version")]
    [InlineData("base_model_relation: lora", 2, "adapter, finetune, merge, quantized")]
    [InlineData("datasets: [ns/a, /data/pictures]", 2, "datasets: \"/data/pictures\" is a path")]
    [InlineData("pipeline_tag: Text To Image", 2, "pipeline_tag")]
    [InlineData("language: english", 2, "language")]
    [InlineData("tags:\n- a\n- 1.5", 4, "in quotes")]
    [InlineData("tags: {a: b}", 2, "is no text")]
    [InlineData("widget: hello", 2, "must be a list")]
    [InlineData("widget:\n- hello", 3, "must be a mapping")]
    [InlineData("widget:\n- text: 12", 3, "must be in quotes")]
    [InlineData("widget:\n- text: a\n  output:\n    url: /home/me/a.png", 5, "neither a URL nor a file")]
    [InlineData("widget:\n- text: a\n  output:\n    url: file:///home/me/a.png", 5, "neither a URL nor a file")]
    [InlineData("model-index: x", 2, "must be a list")]
    [InlineData("model-index:\n- name: x", 3, "list of results")]
    [InlineData("a: 1\nb: [1,\n", 3, "not closed")]
    [InlineData("a: [b\nc: d", 2, "not closed")]
    [InlineData("a: {b: c", 2, "not closed")]
    [InlineData("a: 1\nb: \"x", 3, "not YAML")]
    [InlineData("a: 1\nb: c: d", 3, "not YAML")]
    [InlineData("a: 1\n\tb: 2", 2, "not YAML")]
    [InlineData("a: 1\nb: 2\na: 3", 4, "\"a\" is there twice")]
    [InlineData("a: *nothing", 2, "nothing")]
    [InlineData("- a\n- b", 2, "no mapping")]
    [InlineData("just words", 2, "no mapping")]
    [InlineData("? [a]\n: b", 2, "a key is no text")]
    public void What_the_hub_refuses_is_refused_with_its_line(string yaml, int line, string part)
    {
        var problem = Assert.Single(Problems(yaml));

        Assert.StartsWith($"README.md, line {line}: ", problem, StringComparison.Ordinal);
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Lines_are_counted_whatever_ends_them(string lineEnd)
    {
        var card = ModelCard.Parse($"\n---{lineEnd}# 🦙{lineEnd}license: x{lineEnd}---\n");

        Assert.StartsWith("README.md, line 4: ", Assert.Single(card.Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_found_at_once() => Assert.Equal(3, Problems("license: x\nbase_model: /y\ndatasets: a b").Count);

    [Fact]
    public void A_front_matter_without_end_is_a_problem()
    {
        var problem = Assert.Single(ModelCard.Parse("---\nlicense: mit\n# Title\n").Problems());

        Assert.Contains("not closed", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_without_front_matter_is_accepted_with_a_warning()
    {
        var card = ModelCard.Parse("# Title\n");

        Assert.Empty(card.Problems());
        Assert.Contains("no front matter", Assert.Single(card.Warnings()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipeline_tag: text-to-smell", "text-to-smell")]
    [InlineData("licence: mit", "spelled license")]
    public void What_was_probably_meant_otherwise_is_a_warning(string yaml, string part)
    {
        var card = ModelCard.Parse($"---\n{yaml}\n---\n");

        Assert.Empty(card.Problems());
        Assert.Contains(part, Assert.Single(card.Warnings()), StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Problems(string yaml) => ModelCard.Parse($"---\n{yaml}\n---\n# Title\n").Problems();
}
