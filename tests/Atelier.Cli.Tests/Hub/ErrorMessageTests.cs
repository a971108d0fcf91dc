using Atelier.Cli;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Hub;

/// <summary>What goes wrong with the hub is one line that names what and says what to do; the exit code is 2 where asking again changes nothing, else 1.</summary>
public sealed class ErrorMessageTests : IAsyncLifetime
{
    private static readonly Dictionary<string, Row> Rows = new(StringComparer.Ordinal)
    {
        ["missing"] = new(["hub", "download", "ns/none"], ExitCode.WrongRequest, ["ns/none", "was not found, or is private", "check the name", "HF_TOKEN"]),
        ["missing, told without a code"] = new(["hub", "download", "ns/none"], ExitCode.WrongRequest, ["ns/none", "was not found, or is private", "HF_TOKEN"]) { Arrange = machine => machine.Server.Options.SendsMissingModelCode = false },
        ["missing, logged in"] = new(["hub", "download", "ns/none"], ExitCode.WrongRequest, ["ns/none", "the account of the token from HF_TOKEN has no access"]) { Token = HubMachine.Token },
        ["missing, token kept back"] = new(["hub", "download", "ns/none"], ExitCode.WrongRequest, ["ns/none", "was not found, or is private", "unset HF_HUB_DISABLE_IMPLICIT_TOKEN", "--token"]) { Token = HubMachine.Token, Arrange = machine => machine.With("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1") },
        ["gated, nobody told who asks"] = new(["hub", "download", "ns/gated", "x.txt"], ExitCode.WrongRequest, ["ns/gated is gated", "ask for access at http", "unset HF_HUB_DISABLE_IMPLICIT_TOKEN"]) { Token = HubMachine.Token, Arrange = machine => machine.With("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1") },
        ["wrong token"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["the token from HF_TOKEN is wrong, expired or revoked", "/settings/tokens"]) { Token = Wrong },
        ["wrong token before that of the login"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["from HF_TOKEN (it hides the one of the login file) is wrong, expired or revoked"]) { Token = Wrong, Arrange = machine => WriteLogin(machine, HubMachine.Token) },
        ["wrong token of the login"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["hf/token", "is wrong, expired or revoked"]) { Arrange = machine => WriteLogin(machine, Wrong) },
        ["gated, not logged in"] = new(["hub", "download", "ns/gated", "x.txt"], ExitCode.WrongRequest, ["ns/gated is gated", "ask for access at http", "/ns/gated", "HF_TOKEN"]),
        ["gated, not granted"] = new(["hub", "download", "ns/gated", "x.txt"], ExitCode.WrongRequest, ["ns/gated is gated", "no access yet", "/ns/gated"]) { Token = HubMachine.Token },
        ["gated, token without the scope"] = new(["hub", "download", "ns/gated", "x.txt"], ExitCode.WrongRequest, ["may not read gated repositories", "/settings/tokens"]) { Token = Fine },
        ["forbidden without a token"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["without a token", "ns/open", "HF_TOKEN"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().Fail(403, "Not for you")) },
        ["gone from storage"] = new(["hub", "download", "ns/open", "x.bin"], ExitCode.Failed, ["storage behind the hub does not have 'x.bin'", "404"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnContent().Answer(new Reply(404))) },
        ["taken down"] = new(["hub", "download", "ns/disabled"], ExitCode.WrongRequest, ["disabled ns/disabled"]),
        ["no such revision"] = new(["hub", "download", "ns/open", "--revision", "man"], ExitCode.WrongRequest, ["no revision 'man'", "main, v1"]),
        ["no such commit"] = new(["hub", "download", "ns/open", "--revision", new string('a', 40)], ExitCode.WrongRequest, ["no revision 'aaaa", "main"]),
        ["no such file"] = new(["hub", "download", "ns/open", "y.txt"], ExitCode.WrongRequest, ["y.txt", "ns/open", "x.txt"]),
        ["no hub"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["404", "HF_ENDPOINT"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().Answer(Reply.Text("Not Found", status: 404))) },
        ["login page"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["not a hub", "HF_ENDPOINT", "login page"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().CaptivePortal()) },
        ["login page for a file"] = new(["hub", "download", "ns/open", "x.txt"], ExitCode.Failed, ["not a hub", "login page"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().CaptivePortal()) },
        ["login page elsewhere"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["redirect to http://login.invalid/portal", "HF_ENDPOINT"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().Redirect("http://login.invalid/portal?key=1")) },
        ["too many requests"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["too many requests (429)", "HF_TOKEN"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().LimitRateByHeader(55)), IsHurried = true },
        ["unavailable"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["unavailable for ns/open", "(503", FaultRule.RequestId, "try again later"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnAny().Fail(503)), IsHurried = true },
        ["unreachable"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["127.0.0.1:9 could not be reached", "Check the connection"]) { Arrange = machine => machine.With("HF_ENDPOINT", "http://127.0.0.1:9"), IsHurried = true },
        ["no such host"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["hub.invalid:443 could not be reached", "Check the connection"]) { Arrange = machine => machine.With("HF_ENDPOINT", "https://hub.invalid"), IsHurried = true },
        ["transfers break off"] = new(["hub", "download", "ns/open", "x.bin"], ExitCode.Failed, ["x.bin", "broke off 5 times", "stays"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnContent().CloseAfter(0)), IsHurried = true },
        ["wrong bytes"] = new(["hub", "download", "ns/open", "x.bin"], ExitCode.Failed, ["x.bin", "hash", "twice", "Nothing was kept"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnContent().WrongContent(7)) },
        ["signed address always stale"] = new(["hub", "download", "ns/open", "x.bin"], ExitCode.Failed, ["x.bin", "expired"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnContent().ExpireSignedUrl()), IsHurried = true },
        ["disk too small"] = new(["hub", "download", "ns/open", "x.bin"], ExitCode.Failed, ["900000.00 GB", "free", "HF_HUB_CACHE"]) { Arrange = machine => machine.Server.Faults.Add(FaultRule.OnHead().WithHeader("X-Linked-Size", "900000000000000")) },
        ["cache is no folder"] = new(["hub", "download", "ns/open", "x.bin"], ExitCode.Failed, ["can't be written", "HF_HUB_CACHE"]) { Arrange = machine => File.WriteAllText(machine.With("HF_HUB_CACHE", machine.At("file")).At("file"), "") },
        ["upload without a token"] = new(["hub", "upload", "alice/mine", "FOLDER"], ExitCode.WrongRequest, ["token that may write", "HF_TOKEN"]),
        ["upload with a token that reads"] = new(["hub", "upload", "ns/open", "FOLDER"], ExitCode.WrongRequest, ["may only read", "/settings/tokens"]) { Token = ReadOnly },
        ["upload to others"] = new(["hub", "upload", "ns/open", "FOLDER"], ExitCode.WrongRequest, ["may not write to ns/open", "`atelier hub upload ns/open PATH --create-pr`"]) { Token = HubMachine.Token },
        ["upload into a namespace of others"] = new(["hub", "upload", "bob/mine", "FOLDER"], ExitCode.WrongRequest, ["bob", "belongs to alice"]) { Token = HubMachine.Token },
        ["upload private to public"] = new(["hub", "upload", "alice/public", "FOLDER", "--private"], ExitCode.WrongRequest, ["alice/public is public", "nothing was uploaded"]) { Token = HubMachine.Token },
        ["card that the hub refuses"] = new(["hub", "upload", "alice/mine", "FOLDER/card"], ExitCode.WrongRequest, ["README.md", "license", "nothing was uploaded"])
        {
            Token = HubMachine.Token,
            Arrange = machine =>
            {
                Directory.CreateDirectory(machine.At("card"));
                File.WriteAllText(machine.At("card", "README.md"), "---\nlicense: nonesuch\n---\n# Card\n");
            },
        },
        ["endpoint that is none"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["HF_ENDPOINT", "http://"]) { Arrange = machine => machine.With("HF_ENDPOINT", "huggingface") },
        ["timeout that is none"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["HF_HUB_DOWNLOAD_TIMEOUT", "seconds"]) { Arrange = machine => machine.With("HF_HUB_DOWNLOAD_TIMEOUT", "soon") },
        ["proxy that is none"] = new(["hub", "download", "ns/open"], ExitCode.WrongRequest, ["HTTP_PROXY", "http://host:3128"]) { Arrange = machine => machine.With("HTTP_PROXY", "ftp://u:hf_secretProxy@x") },
        ["proxy that is away"] = new(["hub", "download", "ns/open"], ExitCode.Failed, ["proxy http://127.0.0.1:9", "HTTP_PROXY"]) { Arrange = machine => machine.With("HTTP_PROXY", "http://u:hf_secretProxy@127.0.0.1:9"), IsHurried = true },
        ["id that is none"] = new(["hub", "download", "ns/../open"], ExitCode.WrongRequest, ["ns/../open", "NAMESPACE/NAME"]),
        ["variant of named files"] = new(["hub", "download", "ns/open", "x.txt", "--variant", "fp16"], ExitCode.WrongRequest, ["--variant chooses the files of a pipeline"]),
        ["pull request to a branch"] = new(["hub", "upload", "ns/open", "FOLDER", "--create-pr", "--revision", "dev"], ExitCode.WrongRequest, ["--create-pr and --revision dev contradict each other"]),
        ["licence that is none"] = new(["hub", "upload", "ns/open", "FOLDER", "--license", "mitt"], ExitCode.WrongRequest, ["--license: the hub does not know \"mitt\""]),
        ["model by no id"] = new(["generate", "--prompt", "x", "--pretrained-model", "tiny-sb"], ExitCode.WrongRequest, ["tiny-sb", "did you mean tiny-sd", "NAMESPACE/NAME"]),
        ["model that is not there"] = new(["generate", "--prompt", "x", "--pretrained-model", "ns/none"], ExitCode.WrongRequest, ["ns/none", "was not found, or is private"]),
        ["lora that is not there"] = new(["generate", "--prompt", "x", "--lora", "ns/none"], ExitCode.WrongRequest, ["ns/none", "was not found, or is private"]),
        ["lora that is a pipeline"] = new(["generate", "--prompt", "x", "--lora", "ns/pipe"], ExitCode.WrongRequest, ["ns/pipe", "is a whole pipeline", "use --pretrained-model"]) { Arrange = machine => machine.Server.AddModel("ns/pipe", files => files.Add("model_index.json", "{}").AddVirtual("pruned.safetensors", 9000)) },
        ["model that is none"] = new(["generate", "--prompt", "x", "--pretrained-model", "ns/open"], ExitCode.WrongRequest, ["ns/open", "model_index.json"]),
        ["training on a model that is not there"] = new(["train", "--output-folder", "FOLDER/runs", "--pretrained-model", "ns/none"], ExitCode.WrongRequest, ["ns/none", "was not found, or is private"]),
        ["training on a revision that is not there"] = new(["train", "--output-folder", "FOLDER/runs", "--pretrained-model", "ns/open", "--pretrained-revision", "v2"], ExitCode.WrongRequest, ["no revision 'v2'", "v1"]),
    };

    private const string Wrong = HubMachine.TokenStart + "Wrong";
    private const string ReadOnly = HubMachine.TokenStart + "Reader";
    private const string Fine = HubMachine.TokenStart + "Fine";

    private HubMachine _machine = null!;

    public static TheoryData<string> Names => [.. Rows.Keys];

    public async ValueTask InitializeAsync()
    {
        _machine = await HubMachine.StartAsync();
        var server = _machine.Server;
        server.AddUser("alice", ReadOnly, TokenRole.Read).With(new AccessToken(Fine, TokenRole.FineGrained));
        server.AddModel("ns/open", files => files.Add("x.txt", "x").AddVirtual("x.bin", 2000)).AddTag("v1");
        var gated = server.AddModel("ns/gated", files => files.Add("x.txt", "x"));
        gated.Gating = Gating.Manual;
        server.AddModel("ns/disabled").IsDisabled = true;
        server.AddModel("alice/public");
    }

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_error_names_what_and_says_what_to_do(string name)
    {
        var row = Rows[name];
        await File.WriteAllTextAsync(_machine.At("file.txt"), "x");
        if (name.StartsWith("gated, token", StringComparison.Ordinal))
        {
            _machine.Server.Model("ns/gated").GrantedUsers.Add("alice");
        }

        _machine.LogIn(row.Token);
        row.Arrange(_machine);
        string[] arguments = [.. row.Arguments.Select(argument => argument.Replace("FOLDER", _machine.Folder, StringComparison.Ordinal))];
        var result = await (row.IsHurried ? _machine.RunHurriedAsync(arguments) : _machine.RunHereAsync(arguments));

        result.AssertComplains(row.ExitCode, row.Words);
        Assert.Equal("", result.Output);
        Assert.False(Directory.Exists(_machine.At("runs")) || Directory.Exists("images"));
        Assert.False(Directory.Exists(Path.Combine(_machine.Repository("ns/none"))));
    }

    [Fact]
    public async Task Waiting_is_told_and_then_it_goes_on()
    {
        _machine.Server.Faults.Add(FaultRule.OnAny().LimitRate(0).Once());

        var result = (await _machine.RunAsync("hub", "download", "ns/open", "x.txt")).AssertDone();

        Assert.Contains("too many requests (429)", result.Errors, StringComparison.Ordinal);
        Assert.Contains("next try in 1 s", result.Errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_named_and_can_be_trusted()
    {
        await using var machine = await HubMachine.StartAsync(new HubServerOptions { UsesHttps = true });
        machine.Server.AddModel("ns/open", files => files.Add("x.txt", "x").AddVirtual("x.bin", 2000));

        (await machine.RunHereAsync("hub", "download", "ns/open", "x.bin")).AssertComplains(ExitCode.Failed, "certificate", "127.0.0.1", "SSL_CERT_FILE");

        await File.WriteAllTextAsync(machine.At("root.pem"), machine.Server.CertificatePem);
        (await machine.With("SSL_CERT_FILE", machine.At("root.pem")).RunHereAsync("hub", "download", "ns/open", "x.bin")).AssertDone();
        (await machine.With("SSL_CERT_FILE", machine.At("gone.pem")).RunHereAsync("hub", "download", "ns/open", "x.txt")).AssertComplains(ExitCode.WrongRequest, "gone.pem", "SSL_CERT_FILE");
    }

    [Fact]
    public async Task A_proxy_is_used_and_its_refusal_is_its_own()
    {
        await using var proxy = await ForwardProxy.StartAsync();
        proxy.Credentials = "user:hf_secretProxy";
        var place = proxy.Address["http://".Length..];

        (await _machine.With("HTTP_PROXY", $"http://{place}").RunHereAsync("hub", "download", "ns/open", "x.bin")).AssertComplains(ExitCode.Failed, "proxy", place, "407", "HTTP_PROXY");
        Assert.Empty(_machine.Server.Requests);

        (await _machine.With("HTTP_PROXY", $"http://user:hf_secretProxy@{place}").RunHereAsync("hub", "download", "ns/open", "x.bin")).AssertDone();
        Assert.NotEmpty(_machine.Server.Requests);
        var count = proxy.Requests.Count;
        (await _machine.With("NO_PROXY", "127.0.0.1").RunHereAsync("hub", "download", "ns/open", "x.txt")).AssertDone();
        Assert.Equal(count, proxy.Requests.Count);
    }

    [Fact]
    public async Task Whoever_may_not_write_may_offer_a_pull_request()
    {
        await File.WriteAllTextAsync(_machine.At("new.txt"), "x");
        var result = (await _machine.LogIn().RunAsync("hub", "upload", "ns/open", "new.txt", "--create-pr", "--message", "Add a file")).AssertDone();

        Assert.Equal($"{_machine.Server.Endpoint}/ns/open/discussions/1", result.LastLine);
        Assert.DoesNotContain("new.txt", _machine.Server.Model("ns/open").Head().Files.Keys);
        Assert.Equal("Add a file", _machine.Server.Model("ns/open").Head("refs/pr/1").Title);
        Assert.Contains("new.txt", _machine.Server.Model("ns/open").Head("refs/pr/1").Files.Keys);
    }

    [Fact]
    public async Task A_folder_that_is_named_with_a_final_slash_gives_its_name_to_the_commit()
    {
        Directory.CreateDirectory(_machine.At("pictures"));
        await File.WriteAllTextAsync(_machine.At("pictures", "new.txt"), "x");

        (await _machine.LogIn().RunAsync("hub", "upload", "alice/pictures", "pictures/")).AssertDone();

        Assert.Equal("Upload pictures", _machine.Server.Model("alice/pictures").Head().Title);
    }

    private static void WriteLogin(HubMachine machine, string token)
    {
        Directory.CreateDirectory(machine.At("hf"));
        File.WriteAllText(machine.At("hf", "token"), token + "\n");
    }

    private sealed record Row(string[] Arguments, int ExitCode, string[] Words)
    {
        public string Token { get; init; } = "";

        public Action<HubMachine> Arrange { get; init; } = _ => { };

        public bool IsHurried { get; init; }
    }
}
