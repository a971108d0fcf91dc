using Atelier.Artifacts.Hub;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public sealed class HubNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2", null, "gpt2")]
    [InlineData("ns/name", "ns", "name")]
    [InlineData("stable-diffusion-v1-5/stable-diffusion-v1-5", "stable-diffusion-v1-5", "stable-diffusion-v1-5")]
    [InlineData("_a/B.c_d-e", "_a", "B.c_d-e")]
    public void Ids_are_read(string text, string? expectedNamespace, string name)
    {
        var id = HubRepositoryId.Parse(text);

        Assert.Equal((expectedNamespace, name, text), (id.Namespace, id.Name, id.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("ns/")]
    [InlineData("/name")]
    [InlineData("a/b/c")]
    [InlineData("ns/-name")]
    [InlineData("ns/name-")]
    [InlineData("ns/.name")]
    [InlineData("ns/name.")]
    [InlineData("ns/na--me")]
    [InlineData("ns/na..me")]
    [InlineData("..")]
    [InlineData("ns/..")]
    [InlineData("ns/name.git")]
    [InlineData("ns/na me")]
    [InlineData("ns/näme")]
    [InlineData("ns\\name")]
    [InlineData("https://huggingface.co/ns/name")]
    [InlineData("ns/1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567")]
    public void What_is_no_id_is_refused(string text)
    {
        Assert.False(HubRepositoryId.TryParse(text, out _));
        Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => HubRepositoryId.Parse(text)).Kind);
    }

    [Theory]
    [InlineData("main", "main")]
    [InlineData("dev/x", "dev%2Fx")]
    [InlineData("refs/pr/1", "refs%2Fpr%2F1")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("ü #?", "%C3%BC%20%23%3F")]
    public void Revisions_are_encoded_once_as_one_segment(string text, string segment) => Assert.Equal(segment, HubRevision.Parse(text).Segment);

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("/main")]
    [InlineData("a\\b")]
    [InlineData("C:x")]
    [InlineData("a\nb")]
    public void Revisions_that_would_be_dangerous_as_paths_are_refused(string text) => Assert.Equal(HubErrorKind.InvalidName, Assert.Throws<HubException>(() => HubRevision.Parse(text)).Kind);

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef01234567", true)]
    [InlineData("0123456789ABCDEF0123456789abcdef01234567", false)]
    [InlineData("0123456789abcdef0123456789abcdef0123456", false)]
    [InlineData("main", false)]
    public void Only_forty_lower_digits_are_a_commit(string text, bool isCommit) => Assert.Equal(isCommit, HubRevision.Parse(text).IsCommit);

    [Theory]
    [InlineData("config.json")]
    [InlineData("unet/x.safetensors")]
    [InlineData("a b/c#d?e%f+g&h;i'j\"k")]
    [InlineData("日本/é")]
    [InlineData(".gitattributes")]
    [InlineData("...")]
    [InlineData("a/..b/c..")]
    public void Odd_names_are_names_on_unix(string path) => Assert.Null(HubPaths.Fault(path, isWindows: false));

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("\\\\host\\share")]
    [InlineData("C:\\x")]
    [InlineData("C:x")]
    [InlineData("c:/x")]
    [InlineData("a\0b")]
    [InlineData("a\u0085b")]
    [InlineData("a\nb")]
    public void Names_that_leave_their_folder_are_refused_on_every_system(string path)
    {
        Assert.NotNull(HubPaths.Fault(path, isWindows: false));
        Assert.NotNull(HubPaths.Fault(path, isWindows: true));
        Assert.Throws<HubException>(() => HubPaths.Join(_folder.Root, path));
    }

    [Theory]
    [InlineData("ab:c")]
    [InlineData("a/b?")]
    [InlineData("x*")]
    [InlineData("a|b")]
    [InlineData("con")]
    [InlineData("a/NUL.txt")]
    [InlineData("com1")]
    [InlineData("LPT¹.x")]
    [InlineData("a./b")]
    [InlineData("a /b")]
    [InlineData("aux .txt")]
    public void Names_that_windows_reads_differently_are_refused_there(string path)
    {
        Assert.NotNull(HubPaths.Fault(path, isWindows: true));
        Assert.Null(HubPaths.Fault(path, isWindows: false));
    }

    [Fact]
    public void One_bad_name_refuses_a_listing_and_is_named()
        => Assert.Contains("../x", Assert.Throws<HubException>(() => HubPaths.CheckAll(["a", "../x"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Names_that_differ_in_case_are_one_file_on_windows_only()
    {
        HubPaths.CheckAll(["a", "A"], isWindows: false, ignoresCase: false);
        Assert.Throws<HubException>(() => HubPaths.CheckAll(["a", "A"], isWindows: false, ignoresCase: true));
        Assert.Throws<HubException>(() => HubPaths.CheckAll(["a", "a"], isWindows: false, ignoresCase: false));
    }

    [Fact]
    public void A_file_is_not_a_folder_too() => Assert.Throws<HubException>(() => HubPaths.CheckAll(["a/b", "a"], isWindows: false, ignoresCase: false));

    [Fact]
    public void Joined_names_are_inside() => Assert.Equal(Path.Join(_folder.Root, "a", "b"), HubPaths.Join(_folder.Root, "a/b"));
}
