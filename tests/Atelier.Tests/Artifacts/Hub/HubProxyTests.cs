using Atelier.Artifacts.Hub;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public class HubProxyTests
{
    [Theory]
    [InlineData("example.com", "https://example.com/", true)]
    [InlineData("example.com", "https://sub.example.com/", true)]
    [InlineData(".example.com", "https://example.com/", true)]
    [InlineData(".example.com", "https://a.b.example.com/", true)]
    [InlineData("example.com", "https://notexample.com/", false)]
    [InlineData("EXAMPLE.com", "https://Example.COM/", true)]
    [InlineData("*", "https://anything/", true)]
    [InlineData("10.0.0.1", "http://10.0.0.1/", true)]
    [InlineData("0.0.1", "http://10.0.0.1/", false)]
    [InlineData("localhost, 127.0.0.1", "http://127.0.0.1:5000/", true)]
    [InlineData("example.com:8080", "http://example.com:8080/", true)]
    [InlineData("example.com:8080", "http://example.com/", false)]
    [InlineData("", "http://127.0.0.1/", false)]
    [InlineData(" , ", "http://127.0.0.1/", false)]
    public void Exceptions_are_read_as_python_reads_them(string exceptions, string address, bool isDirect)
    {
        var proxy = new HubProxy("http://proxy:3128", "http://proxy:3128", exceptions);

        Assert.Equal(isDirect, proxy.IsBypassed(new Uri(address)));
        Assert.Equal(isDirect ? null : new Uri("http://proxy:3128"), proxy.GetProxy(new Uri(address)));
    }

    [Theory]
    [InlineData("socks5h://proxy:1080")]
    [InlineData("socks5://proxy:1080")]
    public void Who_resolves_names_makes_no_difference(string address)
        => Assert.Equal(new Uri("socks5://proxy:1080"), new HubProxy(address, address, exceptions: null).GetProxy(new Uri("https://hub.example/")));

    [Fact]
    public void Each_scheme_has_its_proxy_and_lower_case_wins()
    {
        var settings = HubSettings.Read(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = "/nowhere",
            ["HTTP_PROXY"] = "upper:1",
            ["http_proxy"] = "lower:2",
            ["ALL_PROXY"] = "all:3",
            ["no_proxy"] = "direct",
        });

        Assert.Equal(new Uri("http://lower:2"), settings.Proxy!.GetProxy(new Uri("http://host/")));
        Assert.Equal(new Uri("http://all:3"), settings.Proxy.GetProxy(new Uri("https://host/")));
        Assert.Null(settings.Proxy.GetProxy(new Uri("https://direct/")));
    }

    [Fact]
    public void Name_and_password_are_decoded()
    {
        var credential = new HubProxy(http: null, "http://us%40er:p%3Aw@proxy:3128", exceptions: null).Credentials!.GetCredential(new Uri("http://proxy:3128"), "Basic");

        Assert.Equal(("us@er", "p:w"), (credential!.UserName, credential.Password));
    }
}
