using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>A hub, or whoever stands between, that means harm: nothing is written outside the cache, and nothing of what it offers is kept.</summary>
public sealed class HostileHubTests : IAsyncLifetime
{
    private HubMachine _machine = null!;
    private HostedModel _model = null!;

    public async ValueTask InitializeAsync()
    {
        _machine = await HubMachine.StartAsync();
        _model = _machine.Server.AddModel("ns/open", files => files.Add("model_index.json", """{"unet":["diffusers","UNet2DConditionModel"]}""").Add("unet/config.json", "{}").AddVirtual("unet/diffusion_pytorch_model.safetensors", 2000));
    }

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Theory]
    [InlineData("../../../evil.txt")]
    [InlineData("unet/../../../../evil.txt")]
    [InlineData("/tmp/atelier-evil.txt")]
    [InlineData("..\\evil.txt")]
    [InlineData("C:\\evil.txt")]
    [InlineData("C:evil.txt")]
    [InlineData("\\\\host\\share\\evil.txt")]
    [InlineData("unet//evil.txt")]
    [InlineData("unet/./evil.txt")]
    [InlineData("evil\n.txt")]
    [InlineData("")]
    public async Task A_repository_that_lists_such_a_name_is_refused_whole(string path)
    {
        _model.Commit(files => files.Add(path, "evil"));

        (await _machine.RunHereAsync("hub", "download", "ns/open")).AssertComplains(ExitCode.WrongRequest, "ns/open", "refused");

        AssertNothingWritten();
    }

    [Theory]
    [InlineData("../../../evil.txt", "main")]
    [InlineData("/etc/passwd", "main")]
    [InlineData("unet\\config.json", "main")]
    [InlineData("model_index.json", "../../evil")]
    [InlineData("model_index.json", "refs//x")]
    [InlineData("model_index.json", "/main")]
    public async Task A_name_on_the_command_line_is_refused_before_anything_is_asked(string path, string revision)
    {
        (await _machine.RunHereAsync("hub", "download", "ns/open", path, "--revision", revision)).AssertComplains(ExitCode.WrongRequest, revision == "main" ? path : revision);

        Assert.Empty(_machine.Server.Requests);
        AssertNothingWritten();
    }

    [Theory]
    [InlineData("X-Linked-Etag", "\"../../../../evil\"")]
    [InlineData("X-Linked-Etag", "\"0123\"")]
    [InlineData("X-Repo-Commit", "../../../../evil")]
    [InlineData("X-Repo-Commit", "main")]
    [InlineData("X-Linked-Size", "-1")]
    public async Task Ids_that_are_none_are_refused(string header, string value)
    {
        _machine.Server.Faults.Add(FaultRule.OnHead().WithHeader(header, value));
        if (header == "X-Linked-Size")
        {
            _machine.Server.Faults.Add(FaultRule.OnPost("*/paths-info/*").AnswerJson("[]"));
        }

        (await _machine.RunHereAsync("hub", "download", "ns/open", "unet/diffusion_pytorch_model.safetensors")).AssertComplains(ExitCode.Failed, "not a hub", "HF_ENDPOINT");

        AssertNothingWritten();
    }

    [Theory]
    [InlineData("malformed", "not JSON")]
    [InlineData("huge", "more than")]
    [InlineData("circle", "page")]
    [InlineData("elsewhere", "another server")]
    [InlineData("headers", "HF_ENDPOINT")]
    [InlineData("twice", "one file")]
    public async Task A_listing_that_makes_no_sense_is_refused(string how, string word)
    {
        var rule = FaultRule.OnGet("*/tree/*");
        _machine.Server.Faults.Add(how switch
        {
            "malformed" => rule.MalformedJson(),
            "huge" => rule.HugeJson(80_000_000),
            "circle" => rule.RepeatNextLink(),
            "headers" => rule.HugeHeaders(200_000),
            "twice" => rule.AddTreeEntry($$"""{"type":"file","oid":"{{new string('a', 40)}}","size":5,"path":"model_index.json"}"""),
            _ => rule.NextLink("http://elsewhere.invalid/api/models/ns/open/tree/main?cursor=x"),
        });

        var result = await _machine.RunHereAsync("hub", "download", "ns/open");

        result.AssertComplains(how == "twice" ? ExitCode.WrongRequest : ExitCode.Failed, word);
        AssertNothingWritten();
    }

    [Fact]
    public async Task A_link_in_the_cache_that_leads_out_of_it_is_neither_read_nor_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs links");
        var place = (await _machine.RunHereAsync("hub", "download", "ns/open", "unet/config.json")).AssertDone().LastLine;
        await File.WriteAllTextAsync(_machine.At("outside"), "{}");
        File.Delete(place);
        File.CreateSymbolicLink(place, _machine.At("outside"));

        (await _machine.RunHereAsync("hub", "download", "ns/open", "unet/config.json")).AssertDone();

        Assert.StartsWith(_machine.Cache, File.ResolveLinkTarget(place, returnFinalTarget: true)!.FullName, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(_machine.At("outside")));
    }

    [Fact]
    public async Task Control_characters_of_a_server_do_not_reach_the_terminal()
    {
        _machine.Server.Faults.Add(FaultRule.OnGet("*/revision/*").Answer(Reply.Text("{\"error\":\"\\u001b[2Jevil\\u202e\\nerror: second line\"}", "application/json", 403)));

        var result = await _machine.RunHereAsync("hub", "download", "ns/open");

        result.AssertComplains(ExitCode.WrongRequest, "evil");
        Assert.DoesNotContain(result.All, letter => letter is '\u001b' or '\u202e');
    }

    [Fact]
    public async Task An_index_that_makes_no_sense_is_named()
    {
        _model.Commit(files => files.Add("model_index.json", "[]"));

        (await _machine.RunHereAsync("hub", "download", "ns/open")).AssertComplains(ExitCode.WrongRequest, "ns/open", "model_index.json is malformed");
    }

    private void AssertNothingWritten()
    {
        Assert.All(_machine.Files(), path => Assert.StartsWith("hf", path, StringComparison.Ordinal));
        Assert.All((string[])["evil", "snapshots", "refs"], word => Assert.DoesNotContain(_machine.Files("hf"), path => path.Contains(word, StringComparison.Ordinal)));
        Assert.False(File.Exists("/tmp/atelier-evil.txt"));
    }
}
