using System.Globalization;
using System.Text;
using Atelier.Artifacts.Hub;
using Atelier.Artifacts.Hub.Download;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;
using Xunit;

namespace Atelier.Tests.Artifacts.Hub;

public class HubHttpPartsTests
{
    private static readonly Uri Current = HubAddress.Exact("https://hub.example/a/b?c=d")!;

    [Theory]
    [InlineData("/x?y=%42&z=\"q\"", "https://hub.example/x?y=%42&z=\"q\"")]
    [InlineData("x", "https://hub.example/a/x")]
    [InlineData("?x", "https://hub.example/a/b?x")]
    [InlineData("//other/x", "https://other/x")]
    [InlineData("http://other:81/x#fragment", "http://other:81/x")]
    [InlineData("https://cdn/p/./q%2e%7E?S=a%2Bb%41", "https://cdn/p/./q%2e%7E?S=a%2Bb%41")]
    [InlineData("/a b\u00c3\u00a9", "https://hub.example/a%20b%C3%A9")]
    public void Locations_are_kept_byte_for_byte(string location, string expected)
    {
        var next = HubAddress.Follow(Current, location)!;

        Assert.Equal(expected, $"{next.Scheme}://{next.Authority}{next.PathAndQuery}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("ftp://other/x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://user:password@other/x")]
    [InlineData("https://")]
    public void Locations_that_lead_nowhere_are_none(string location) => Assert.Null(HubAddress.Follow(Current, location));

    [Theory]
    [InlineData("https://HUB.example/x", true)]
    [InlineData("https://hub.example:443/x", true)]
    [InlineData("http://hub.example/x", false)]
    [InlineData("https://hub.example:444/x", false)]
    [InlineData("https://hub.example.evil/x", false)]
    public void Origins_are_scheme_host_and_port(string address, bool isSame) => Assert.Equal(isSame, HubAddress.Origin(HubAddress.Exact(address)!) == HubAddress.Origin(Current));

    [Theory]
    [InlineData("https://huggingface.co/api/x?y", "http://e/api/x?y")]
    [InlineData("https://huggingface.co", "http://e")]
    [InlineData("https://huggingface.co.evil/api", "https://huggingface.co.evil/api")]
    [InlineData("https://cdn.hf.co/x", "https://cdn.hf.co/x")]
    public void Addresses_of_the_public_hub_become_those_of_the_endpoint(string text, string expected) => Assert.Equal(expected, HubAddress.Rewritten("http://e", text));

    [Fact]
    public void A_shown_address_has_no_query() => Assert.Equal("https://cdn/x", HubAddress.Shown(HubAddress.Exact("https://cdn/x?Signature=secret")!));

    [Theory]
    [InlineData("<https://a/x>; rel=\"next\"", "https://a/x")]
    [InlineData("<https://a/y>; rel=\"xet-auth\", <https://a/x?c=1,2>; rel=\"next\"", "https://a/x?c=1,2")]
    [InlineData("</x>; title=\"a, b\"; rel=next", "/x")]
    [InlineData("<https://a/x>; rel=\"prev next\"", "https://a/x")]
    [InlineData("<https://a/x>; rel=\"nextpage\"", null)]
    [InlineData("<https://a/x>", null)]
    [InlineData("", null)]
    public void The_next_page_is_found(string header, string? expected) => Assert.Equal(expected, LinkHeader.Next([header]));

    [Theory]
    [InlineData("\"api\";r=0;t=55", null, 56)]
    [InlineData("\"api\";r=12;t=55, \"resolvers\";r=0;t=7", null, 8)]
    [InlineData("\"api\";r=12;t=55", "30", 31)]
    [InlineData(null, "30", 31)]
    [InlineData(null, "Fri, 02 Jan 2026 03:05:05 GMT", 61)]
    [InlineData(null, "Fri, 02 Jan 2026 03:00:00 GMT", 1)]
    [InlineData(null, "soon", null)]
    [InlineData(null, null, null)]
    public void The_wait_that_is_asked_for_is_read(string? limit, string? after, int? seconds)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("RateLimit", limit ?? "\"api\";r=5;t=9");
        if (after is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", after);
        }

        var asked = HubWaits.Asked(response.Headers, DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture));

        Assert.Equal(seconds is { } number ? TimeSpan.FromSeconds(number) : null, asked);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 8)]
    [InlineData(4, 8)]
    public void Planned_waits_double_up_to_eight_seconds_and_a_quarter_more(int retry, int seconds)
        => Assert.InRange(HubWaits.Planned(retry).TotalSeconds, seconds, seconds * 1.25);

    [Theory]
    [InlineData("\"abc\"", "abc")]
    [InlineData("W/\"abc\"", "abc")]
    [InlineData("abc", "abc")]
    [InlineData(null, null)]
    public void Etags_lose_their_quotes(string? etag, string? expected) => Assert.Equal(expected, FileQuery.ContentId(etag));

    [Theory]
    [InlineData(null, """{"error":"a"}""", "a")]
    [InlineData("a", """{"error":"a"}""", "a")]
    [InlineData("h", """{"error":["a","b"]}""", "h a b")]
    [InlineData(null, """{"errors":[{"message":"x"},{"message":"y"}]}""", "x y")]
    [InlineData(null, """{"error":"a","error_description":"b"}""", "a b")]
    [InlineData(null, "plain\r\n text\u001b[31m", "plain text [31m")]
    [InlineData(null, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", "AccessDenied: Request has expired")]
    [InlineData(null, "<!DOCTYPE html><html><Code>x</Code></html>", null)]
    [InlineData(null, "{\"error\":", null)]
    [InlineData(null, "", null)]
    public void What_the_server_says_is_read_in_every_form(string? header, string body, string? expected) => Assert.Equal(expected, ServerText.Read(header, Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(0, "hf_secretsecret")]
    [InlineData(490, "hf_secretsecret")]
    [InlineData(0, "hf_secret\u00adsecret")]
    public void The_token_is_removed_even_where_a_text_is_cut_or_not_all_shown(int start, string repeated)
        => Assert.DoesNotContain("hf_", ServerText.Read(header: null, Encoding.UTF8.GetBytes(new string('x', start) + repeated), HubToken.From("hf_secretsecret", "HF_TOKEN")), StringComparison.Ordinal);

    [Theory]
    [InlineData("zstd", 0)]
    [InlineData("identity", HubRequest.DefaultMaximumByteCount)]
    public async Task An_answer_that_is_refused_lets_go_of_its_connection(string encoding, int byteCount)
    {
        using var body = new MemoryStream(new byte[byteCount]);
        using var response = new HttpResponseMessage { Content = new StreamContent(body) };
        response.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var handler = new AttemptHandler(new HubSettings { CacheFolder = "/nowhere" }, new RecordingObserver()) { InnerHandler = new FixedAnswer(response) };
        using var invoker = new HttpMessageInvoker(handler);
        var request = new HubRequest { Address = new Uri("https://hub.example/x"), Timeout = TimeSpan.FromSeconds(10) };
        using var timer = new SilenceTimer(request.Timeout);
        using var message = new HttpRequestMessage(HttpMethod.Get, request.Address);
        AttemptHandler.Tie(message, request, timer);

        await Assert.ThrowsAsync<HubException>(() => invoker.SendAsync(message, TestContext.Current.CancellationToken));

        Assert.Throws<ObjectDisposedException>(() => response.Content = null);
    }

    [Theory]
    [InlineData("https://cdn.example/x", 403, null, HubErrorKind.Expired)]
    [InlineData("https://mirror.example/x", 403, null, HubErrorKind.Forbidden)]
    [InlineData("https://huggingface.co/x", 403, null, HubErrorKind.Forbidden)]
    [InlineData("https://huggingface.co/x", 401, "GatedRepo", HubErrorKind.Gated)]
    [InlineData("https://cdn.example/x", 404, null, HubErrorKind.Protocol)]
    [InlineData("https://mirror.example/x", 412, null, HubErrorKind.Conflict)]
    public async Task Refusals_mean_what_they_mean_where_they_come_from(string address, int status, string? code, HubErrorKind kind)
    {
        using var response = new HttpResponseMessage((System.Net.HttpStatusCode)status) { RequestMessage = new HttpRequestMessage(HttpMethod.Get, address) };
        if (code is not null)
        {
            response.Headers.TryAddWithoutValidation("X-Error-Code", code);
        }

        var request = new HubRequest { Address = new Uri(address), Timeout = TimeSpan.FromSeconds(1), Target = new HubTarget(HubRepositoryId.Parse("ns/name")) };
        var errors = new HubErrors(new HubSettings { CacheFolder = "/nowhere", Endpoint = "https://mirror.example" });

        Assert.Equal(kind, (await errors.FromAsync(response, request)).Kind);
    }

    [Fact]
    public void Ids_of_contents_are_those_of_git_and_sha256()
    {
        using var git = new ContentHash(ContentHash.Empty, 0);
        Assert.Equal(ContentHash.Empty, git.Finish());

        // printf 'hello\n' | git hash-object --stdin, and | sha256sum
        Assert.Equal("ce013625030ba8dba906f756967f9e9ca394464a", Hash("ce013625030ba8dba906f756967f9e9ca394464a"));
        Assert.Equal("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", Hash("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"));
    }

    [Fact]
    public void The_nearest_names_come_first() => Assert.Equal("unet/config.json", NearNames.Find("unet/confg.json", ["vae/config.json", "unet/config.json", "README.md"])[0]);

    private sealed class FixedAnswer(HttpResponseMessage response) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            response.RequestMessage = request;
            return Task.FromResult(response);
        }
    }

    private static string Hash(string expected)
    {
        using var hash = new ContentHash(expected, 6);
        hash.Append("hel"u8);
        hash.Append("lo\n"u8);
        return hash.Finish();
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("f\u00c3\u00bcr", "f\u00fcr")]
    [InlineData("f\u00fcr", "f\u00fcr")]
    [InlineData(null, null)]
    public void A_header_is_read_as_utf_8_where_it_is(string? header, string? expected) => Assert.Equal(expected, ServerText.FromHeader(header));
}
