using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Atelier.Artifacts.Hub;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

/// <summary>Ways to the hub: proxies, mirrors, certificates.</summary>
public sealed class HubRouteTests : IAsyncLifetime
{
    private static readonly HubRepositoryId Id = HubRepositoryId.Parse("ns/name");

    private HubBench _bench = null!;
    private ForwardProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await HubBench.StartAsync();
        _bench.Server.AddUser("alice", "hf_alice");
        _bench.Server.AddModel("ns/name", files => files.Add("config.json", "{}").AddVirtual("x.safetensors", 50_000));
        _proxy = await ForwardProxy.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task Everything_goes_over_the_proxy()
    {
        var path = await _bench.Client(("HTTP_PROXY", _proxy.Address)).DownloadFileAsync(Id, "x.safetensors");

        Assert.Equal(50_000, File.ReadAllBytes(path).Length);
        Assert.Equal(_bench.Server.Requests.Count, _proxy.Requests.Count);
        _bench.AssertWellBehaved();
    }

    [Fact]
    public async Task Names_in_no_proxy_are_reached_directly()
    {
        await _bench.Client(("HTTP_PROXY", _proxy.Address), ("NO_PROXY", "127.0.0.1")).DownloadFileAsync(Id, "x.safetensors");

        Assert.Empty(_proxy.Requests);
    }

    [Fact]
    public async Task A_proxy_that_wants_a_password_is_told_as_such_and_gets_the_one_in_its_address()
    {
        _proxy.Credentials = "us@er:pass";

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HTTP_PROXY", _proxy.Address)).DownloadFileAsync(Id, "x.safetensors"));
        Assert.Equal(HubErrorKind.Proxy, exception.Kind);

        var withPassword = _proxy.Address.Replace("http://", "http://us%40er:pass@", StringComparison.Ordinal);
        Assert.True(File.Exists(await _bench.Client(("HTTP_PROXY", withPassword)).DownloadFileAsync(Id, "x.safetensors")));
    }

    [Fact]
    public async Task A_hub_with_https_is_reached_through_a_tunnel_whose_ends_alone_see_the_token()
    {
        await using var bench = await HubBench.StartAsync(new HubServerOptions { UsesHttps = true });
        bench.Server.AddUser("alice", "hf_alice");
        bench.Server.AddModel("alice/name", files => files.AddVirtual("x.safetensors", 50_000)).IsPrivate = true;
        var root = Path.Join(bench.Folder, "root.pem");
        await File.WriteAllTextAsync(root, await CertificateAsync(new Uri(bench.Server.Endpoint).Port));
        _proxy.Credentials = "us@er:pass";
        var withPassword = _proxy.Address.Replace("http://", "http://us%40er:pass@", StringComparison.Ordinal);
        var id = HubRepositoryId.Parse("alice/name");

        var refusal = await Assert.ThrowsAsync<HubException>(() => bench.Client(("HTTPS_PROXY", _proxy.Address), ("SSL_CERT_FILE", root), ("HF_TOKEN", "hf_alice")).DownloadFileAsync(id, "x.safetensors"));
        var path = await bench.Client(("HTTPS_PROXY", withPassword), ("SSL_CERT_FILE", root), ("HF_TOKEN", "hf_alice")).DownloadFileAsync(id, "x.safetensors");

        Assert.Equal(HubErrorKind.Proxy, refusal.Kind);
        Assert.Equal(50_000, File.ReadAllBytes(path).Length);
        Assert.All(_proxy.Requests, request => Assert.Equal("CONNECT", request.Method));
        Assert.All(_proxy.Requests, request => Assert.DoesNotContain("hf_alice", request.ToString(), StringComparison.Ordinal));
        Assert.Contains(_proxy.Requests, request => request.Status == 200 && request.Target == new Uri(bench.Server.Endpoint).Authority);
    }

    [Fact]
    public async Task A_mirror_that_redirects_to_the_public_hub_is_followed_without_the_token()
    {
        _proxy.Map("https://huggingface.co:443", "https://127.0.0.1:1"); // where nobody listens
        _bench.Server.Faults.Add(FaultRule.OnAny().Redirect($"https://huggingface.co/api/models/ns/name/revision/main"));

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HTTP_PROXY", _proxy.Address), ("HTTPS_PROXY", _proxy.Address), ("HF_TOKEN", "hf_alice")).ModelAsync(Id));

        // That a tunnel was asked for shows that the redirect was followed.
        Assert.Equal(HubErrorKind.Proxy, exception.Kind);
        Assert.Contains(_proxy.Requests, request => request.ToString().Contains("huggingface.co:443", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hub_with_an_own_certificate_is_trusted_where_its_root_is_named()
    {
        await using var bench = await HubBench.StartAsync(new HubServerOptions { UsesHttps = true });
        bench.Server.AddModel("ns/name", files => files.AddVirtual("x.safetensors", 50_000));
        var file = Path.Join(bench.Folder, "root.pem");
        await File.WriteAllTextAsync(file, await CertificateAsync(new Uri(bench.Server.Endpoint).Port));

        foreach (var variable in new[] { "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE" })
        {
            Assert.True(File.Exists(await bench.Client((variable, file)).DownloadFileAsync(Id, "x.safetensors")));
        }
    }

    [Fact]
    public async Task A_hub_whose_root_is_another_than_the_named_ones_is_refused()
    {
        await using var bench = await HubBench.StartAsync(new HubServerOptions { UsesHttps = true });
        bench.Server.AddModel("ns/name", files => files.AddVirtual("x.safetensors", 50_000));
        var folder = Directory.CreateDirectory(Path.Join(bench.Folder, "roots")).FullName;
        using var key = ECDsa.Create();
        using var other = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        await File.WriteAllTextAsync(Path.Join(folder, "other.pem"), other.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Join(folder, "no-certificate.txt"), "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n");

        var exception = await Assert.ThrowsAsync<HubException>(() => bench.Client(("SSL_CERT_DIR", folder)).DownloadFileAsync(Id, "x.safetensors"));

        Assert.Equal(HubErrorKind.Certificate, exception.Kind);
    }

    [Fact]
    public async Task From_https_to_http_nothing_is_followed()
    {
        await using var bench = await HubBench.StartAsync(new HubServerOptions { UsesHttps = true });
        bench.Server.AddModel("ns/name", files => files.AddVirtual("x.safetensors", 50_000));
        var file = Path.Join(bench.Folder, "root.pem");
        await File.WriteAllTextAsync(file, await CertificateAsync(new Uri(bench.Server.Endpoint).Port));
        bench.Server.Faults.Add(FaultRule.OnGet("/ns/name/resolve/*").Redirect($"{_bench.Server.StorageOrigin}/x"));

        var exception = await Assert.ThrowsAsync<HubException>(() => bench.Client(("SSL_CERT_FILE", file)).DownloadFileAsync(Id, "x.safetensors"));

        Assert.Equal(HubErrorKind.Protocol, exception.Kind);
        Assert.Empty(_bench.Server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_proxys_password_is_in_no_message(bool asksForPassword)
    {
        _proxy.Credentials = asksForPassword ? "another:one" : null;
        _proxy.Map("https://hub.invalid:443", "https://127.0.0.1:1"); // where nobody listens
        var address = _proxy.Address.Replace("http://", "http://somebody:s3cretpw@", StringComparison.Ordinal);

        var exception = await Assert.ThrowsAsync<HubException>(() => _bench.Client(("HF_ENDPOINT", "https://hub.invalid"), ("HTTPS_PROXY", address)).ModelAsync(Id));

        Assert.Equal(HubErrorKind.Proxy, exception.Kind);
        Assert.Equal(asksForPassword, exception.Message.Contains("asks for a name and a password", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cretpw", exception + string.Join('\n', _bench.Observer.Waits), StringComparison.Ordinal);
    }

    private static async Task<string> CertificateAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is X509Certificate2);
        await stream.AuthenticateAsClientAsync("127.0.0.1");
        return ((X509Certificate2)stream.RemoteCertificate!).ExportCertificatePem();
    }
}
