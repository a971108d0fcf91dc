using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Atelier.Tests.Shared;
using Xunit;
using static TorchSharp.torch;

namespace Atelier.Tests.Architecture;

public partial class DocumentationTests
{
    private static readonly string Papers = Page("papers.md");
    private static readonly string Deviations = Page("deviations.md");

    [Fact]
    public void Every_tensor_operation_says_its_shapes()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var method in Operations())
        {
            count++;
            var name = $"{method.DeclaringType!.FullName}.{method.Name}";
            var element = Find(method);
            if (element is null)
            {
                wrong.Add($"{name}: no documentation");
                continue;
            }

            wrong.AddRange(method.GetParameters().Where(parameter => parameter.ParameterType == typeof(Tensor) && !HasShape(element.Elements("param").First(item => item.Attribute("name")!.Value == parameter.Name)))
                .Select(parameter => $"{name}: {parameter.Name}"));
            if (method.ReturnType == typeof(Tensor) && !HasShape(element.Element("returns")))
            {
                wrong.Add($"{name}: returns");
            }
        }

        Assert.True(count > 20);
        Assert.Equal([], wrong);
    }

    [Fact]
    public void Every_source_is_among_the_papers()
    {
        var cited = AtelierAssemblies.Documentation.SelectMany(member => ArxivId().Matches(AtelierAssemblies.Text(member.Element)).Select(match => (Id: match.Groups["id"].Value, Member: AtelierAssemblies.ShortName(member.Id)))).ToList();
        Assert.True(cited.Count > 10);
        Assert.Equal([], cited.Where(pair => !Papers.Contains($"arXiv:{pair.Id}", StringComparison.Ordinal)).Select(pair => $"{pair.Member}: arXiv:{pair.Id}"));
    }

    [Fact]
    public void Every_difference_is_among_the_deviations()
    {
        var differing = AtelierAssemblies.Documentation.Where(member => AtelierAssemblies.Text(member.Element).Contains("Differs from", StringComparison.Ordinal)).Select(member => AtelierAssemblies.ShortName(member.Id)).ToList();
        Assert.NotEmpty(differing);
        Assert.Equal([], differing.Where(name => !Deviations.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    // The last column names tests as Class.Method; a renamed test must not leave a deviation without its pin.
    [Fact]
    public void Every_deviation_is_pinned_by_a_test_that_exists()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(GoldenFolder.RepositoryRoot, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText, StringComparer.Ordinal);
        var rows = Deviations.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Trim().Trim('|').Split(" | ")).ToList();
        Assert.True(rows.Count > 4);
        foreach (var row in rows)
        {
            Assert.Equal(4, row.Length);
            var pins = TestName().Matches(row[3]);
            Assert.True(pins.Count > 0, $"No test pins: {row[0]}");
            foreach (Match pin in pins)
            {
                Assert.True(sources[pin.Groups["type"].Value].Any(text => text.Contains($" {pin.Groups["method"].Value}(", StringComparison.Ordinal)), $"There is no test {pin.Value}.");
            }
        }
    }

    // A page that is longer than what exists would be a promise.
    [Fact]
    public void Every_paper_on_the_page_says_where_it_is_implemented()
    {
        var types = AtelierAssemblies.Types.Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var line in Papers.Split('\n').Where(line => line.Contains("arXiv:", StringComparison.Ordinal)))
        {
            Assert.True(CodeName().Matches(line).Any(match => types.Contains(match.Groups["name"].Value)), line);
        }
    }

    private static IEnumerable<MethodInfo> Operations() => AtelierAssemblies.Types.Where(type => type.IsPublic)
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => (method.Name == "forward" || method.IsStatic) && !method.IsSpecialName && !method.Name.Contains('<', StringComparison.Ordinal))
        .Where(method => method.ReturnType == typeof(Tensor) || method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Tensor)));

    private static XElement? Find(MethodInfo method)
    {
        var start = $"M:{method.DeclaringType!.FullName!.Replace('+', '.')}.{method.Name}(";
        var names = method.GetParameters().Select(parameter => parameter.Name!).ToList();
        return AtelierAssemblies.Documentation.Where(member => member.Id.StartsWith(start, StringComparison.Ordinal)).Select(member => member.Element)
            .FirstOrDefault(element => element.Elements("param").Select(item => item.Attribute("name")!.Value).SequenceEqual(names, StringComparer.Ordinal));
    }

    private static bool HasShape(XElement? element) => element is not null && Shape().IsMatch(element.Value);

    private static string Page(string name) => File.ReadAllText(Path.Combine(GoldenFolder.RepositoryRoot, "docs", name));

    [GeneratedRegex(@"\[[^\]]+\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shape();

    [GeneratedRegex(@"arXiv:(?<id>\d{4}\.\d{4,5})", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ArxivId();

    [GeneratedRegex(@"`(?<type>\w+Tests)\.(?<method>\w+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TestName();

    [GeneratedRegex(@"`(?<name>\w+)[`.]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeName();
}
