using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;
using Atelier.Artifacts.Hub.Upload;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub.Upload;

public sealed class GivenAddressTests
{
    [Theory]
    [InlineData("https://huggingface.co", "https://storage.example/x?a=%2f&b=%42", "https://storage.example/x?a=%2f&b=%42")]
    [InlineData("https://mirror.example", "https://huggingface.co/api/x?y=1", "https://mirror.example/api/x?y=1")]
    [InlineData("http://127.0.0.1:8080", "https://huggingface.co/api/x", "http://127.0.0.1:8080/api/x")]
    [InlineData("http://127.0.0.1:8080", "http://storage.example/x", "http://storage.example/x")]
    [InlineData("https://mirror.example", "https://huggingface.co.evil.example/x", "https://huggingface.co.evil.example/x")]
    public void An_address_is_taken_as_it_is_written_on_the_hub_of_the_settings(string endpoint, string text, string expected)
        => Assert.Equal(expected, Given(endpoint, text).OriginalString);

    [Theory]
    [InlineData("https://huggingface.co", "http://storage.example/x")]
    [InlineData("https://huggingface.co", "file:///etc/passwd")]
    [InlineData("https://huggingface.co", "ftp://storage.example/x")]
    [InlineData("https://huggingface.co", "/relative")]
    [InlineData("https://huggingface.co", "https://user:password@storage.example/x")]
    [InlineData("https://huggingface.co", "")]
    public void An_address_that_would_be_less_safe_than_the_hub_is_refused(string endpoint, string text)
    {
        var exception = Assert.Throws<HubException>(() => Given(endpoint, text));

        Assert.Equal(HubErrorKind.Protocol, exception.Kind);
        Assert.DoesNotContain("password", exception.Message, StringComparison.Ordinal);
    }

    private static Uri Given(string endpoint, string text)
    {
        var settings = new HubSettings { CacheFolder = "/nowhere", Endpoint = endpoint };
        using var transport = new HubTransport(settings, new RecordingObserver(), TimeProvider.System);
        return new HubWriter(settings, transport, new HubReader(settings, transport), new RecordingObserver(), TimeProvider.System).Given(text, new HubTarget());
    }
}
