using System.Text.RegularExpressions;
using Xunit;

namespace Atelier.Tests.Architecture;

public partial class NamingTests
{
    private static readonly HashSet<string> Banned = new(StringComparer.Ordinal) { "Utils", "Util", "Helper", "Helpers", "Common", "Core", "Misc", "Manager", "Base", "Impl", "Data", "Info" };

    // A name that says nothing is where things of every kind gather.
    [Fact]
    public void Types_and_folders_say_what_they_are()
    {
        var names = AtelierAssemblies.Types.Select(type => (type.FullName, Name: type.Name.Split('`')[0]))
            .Concat(AtelierAssemblies.Types.Select(type => type.Namespace!).Distinct(StringComparer.Ordinal).SelectMany(path => path.Split('.').Select(name => (FullName: (string?)path, Name: name))));
        Assert.Equal([], names.Where(pair => IsBanned(pair.Name)).Select(pair => pair.FullName!).Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ImageUtils", true)]
    [InlineData("LoaderHelper", true)]
    [InlineData("NewTrainer", true)]
    [InlineData("Trainer2", true)]
    [InlineData("DataReader", true)]
    [InlineData("UNet2DConditionModel", false)]
    [InlineData("Newton", false)]
    [InlineData("Database", false)]
    public void The_rule_sees_words(string name, bool isBanned) => Assert.Equal(isBanned, IsBanned(name));

    private static bool IsBanned(string name)
    {
        var words = Words().Matches(name).Select(match => match.Value).ToList();
        return words.Exists(Banned.Contains) || words.FirstOrDefault() == "New" || name.EndsWith('2');
    }

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z]*|[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}
