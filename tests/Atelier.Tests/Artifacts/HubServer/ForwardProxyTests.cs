using System.Net;
using Atelier.Testing;
using Xunit;

namespace Atelier.Tests.Artifacts.HubServers;

public sealed class ForwardProxyTests
{
    [Fact]
    public async Task Requests_pass_and_are_recorded()
    {
        await using var hub = await HubServer.StartAsync();
        await using var proxy = await ForwardProxy.StartAsync();
        hub.AddModel("ns/name", static files => files.AddVirtual("x.safetensors", 2_000_000));
        proxy.Map("http://hub.test", hub.Endpoint);
        using var client = ClientOf(proxy, null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Range", "bytes=10-");

        using var first = await client.GetAsync("http://hub.test/ns/name/resolve/main/x.safetensors");
        var location = new Uri(first.Raw("Location")!, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var file = await client.GetAsync(location);

        Assert.Equal(HttpStatusCode.PartialContent, file.StatusCode);
        Assert.Equal(1_999_990, (await file.Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal(["http://hub.test/ns/name/resolve/main/x.safetensors", first.Raw("Location")!], proxy.Requests.Select(static request => request.Target));
        Assert.Equal(2, hub.Requests.Count);
    }

    [Fact]
    public async Task Who_has_no_password_does_not_pass()
    {
        await using var hub = await HubServer.StartAsync();
        await using var proxy = await ForwardProxy.StartAsync();
        proxy.Credentials = "user:secret";
        using var stranger = ClientOf(proxy, null);
        using var friend = ClientOf(proxy, new NetworkCredential("user", "secret"));

        using var refused = await stranger.GetAsync(hub.Endpoint + "/api/whoami-v2");
        using var passed = await friend.GetAsync(hub.Endpoint + "/api/whoami-v2");

        Assert.Equal(HttpStatusCode.ProxyAuthenticationRequired, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, passed.StatusCode);
        Assert.Single(hub.Requests);
        Assert.Equal(407, proxy.Requests[0].Status);
    }

    private static HttpClient ClientOf(ForwardProxy proxy, ICredentials? credentials) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, Proxy = new WebProxy(proxy.Address) { Credentials = credentials } });
}
