using System.Text.RegularExpressions;
using Atelier.Tests.Shared;
using Xunit;

namespace Atelier.Tests.Documentation;

public partial class PagesTests
{
    // Options of other programs that the README shows.
    private static readonly HashSet<string> Foreign = new(StringComparer.Ordinal) { "--project", "--solution", "--no-build", "--logdir" };

    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(GoldenFolder.RepositoryRoot, "*.md")
            .Concat(Directory.EnumerateFiles(At("docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(GoldenFolder.RepositoryRoot, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_to_a_file_and_a_heading(string page)
    {
        var wrong = LinksOf(File.ReadAllText(At(page))).Where(link => !IsElsewhere(link)).Where(link => !Leads(page, link));

        Assert.Equal([], wrong);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("docs/migrating-from-trl.md")]
    public void Every_page_that_others_rely_on_is_there(string page) => Assert.Contains(page, Pages.Select(row => row.Data));

    [Fact]
    public void Every_option_of_the_readme_is_in_the_help()
    {
        var known = Directory.EnumerateFiles(At("tests/Atelier.Cli.Tests/Snapshots"), "*-help.txt").SelectMany(path => HelpOptions(File.ReadAllText(path))).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("--num-epochs", known);
        Assert.Contains("--no-use-lora", known);

        var used = OptionName().Matches(File.ReadAllText(At("README.md"))).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToList();

        Assert.Contains("--recipe", used);
        Assert.Equal([], used.Except(Foreign, StringComparer.Ordinal).Except(known, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_decision_has_a_number_of_its_own()
    {
        var names = Directory.EnumerateFiles(At("docs/decisions"), "*.md").Select(path => Path.GetFileName(path)).ToList();

        Assert.All(names, name => Assert.Matches(@"^\d{4}-[a-z0-9-]+\.md$", name));
        Assert.Equal(names.Count, names.Select(name => name[..4]).Distinct(StringComparer.Ordinal).Count());
        Assert.All(names, name => Assert.StartsWith($"# {int.Parse(name[..4])}. ", File.ReadAllText(At($"docs/decisions/{name}")), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[a](b.md) and ![c](d/e.png \"title\")", "b.md", "d/e.png")]
    [InlineData("`[a](b.md)` is code", null, null)]
    [InlineData("```\n[a](b.md)\n```\n[c](d.md#e)", "d.md#e", null)]
    public void Links_are_found_outside_of_code(string text, string? first, string? second) =>
        Assert.Equal(new[] { first, second }.Where(link => link is not null), LinksOf(text));

    [Theory]
    [InlineData("Use the LoRA elsewhere", "use-the-lora-elsewhere")]
    [InlineData("`ratio_check`: once, with the first update of a new run", "ratio_check-once-with-the-first-update-of-a-new-run")]
    public void Headings_have_the_anchors_that_are_shown_on_the_web(string heading, string anchor) => Assert.Equal(anchor, AnchorOf(heading));

    private static bool IsElsewhere(string link) => link.StartsWith("https://", StringComparison.Ordinal);

    private static bool Leads(string page, string link)
    {
        var (path, anchor) = link.Split('#', 2) is [var file, var heading] ? (file, heading) : (link, null);
        var target = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
        if (!File.Exists(At(target)) && !Directory.Exists(At(target)))
        {
            return false;
        }

        return anchor is null || Heading().Matches(WithoutCode(File.ReadAllText(At(target)), inlineToo: false)).Any(match => AnchorOf(match.Groups["text"].Value.Trim()) == anchor);
    }

    private static IEnumerable<string> LinksOf(string text) => Link().Matches(WithoutCode(text, inlineToo: true)).Select(match => match.Groups["target"].Value);

    private static string WithoutCode(string text, bool inlineToo)
    {
        var prose = Fence().Replace(text, "");
        return inlineToo ? InlineCode().Replace(prose, "code") : prose;
    }

    // Lower case, letters, digits, hyphens and underscores stay, spaces become hyphens.
    private static string AnchorOf(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_')).Replace(' ', '-');

    private static IEnumerable<string> HelpOptions(string help) => HelpOption().Matches(help)
        .SelectMany(match => match.Groups["no"].Success ? [$"--{match.Groups["name"].Value}", $"--no-{match.Groups["name"].Value}"] : new[] { $"--{match.Groups["name"].Value}" });

    private static string At(string path) => Path.Combine(GoldenFolder.RepositoryRoot, path);

    [GeneratedRegex("""!?\[[^\]]*\]\((?<target>[^)\s]+)[^)]*\)""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]+`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InlineCode();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("(?<![\\w-])--[a-z][a-z0-9-]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OptionName();

    [GeneratedRegex(@"^  --(?<no>\[no-\])?(?<name>[a-z][a-z0-9-]*)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HelpOption();
}
