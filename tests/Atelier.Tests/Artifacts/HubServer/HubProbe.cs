using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Atelier.Testing;

namespace Atelier.Tests.Artifacts.HubServers;

/// <summary>A client that does nothing by itself: no redirects, no decompression, no rewriting of URLs.</summary>
internal sealed class HubProbe(HubServer hub, string? token = null) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public void Dispose() => _client.Dispose();

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var url = target.StartsWith('/') ? hub.Endpoint + target : target;
        var request = new HttpRequestMessage(method, new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", "probe");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", headers.Any(static header => header.Name == "Accept-Encoding") ? null : "identity");
        if (token is not null && url.StartsWith(hub.Endpoint + "/", StringComparison.Ordinal))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public Task<HttpResponseMessage> GetAsync(string target, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, target, null, headers);

    public Task<HttpResponseMessage> HeadAsync(string target, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Head, target, null, headers);

    public Task<HttpResponseMessage> PostAsync(string target, JsonNode body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, target, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), headers);

    public async Task<JsonNode> JsonAsync(string target)
    {
        using var response = await GetAsync(target);
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    /// <summary>Follows a file's one redirect, and returns the answer with its bytes.</summary>
    public async Task<HttpResponseMessage> FileAsync(string target, params (string Name, string Value)[] headers)
    {
        using var first = await GetAsync(target);
        return await GetAsync(first.Raw("Location")!, headers);
    }
}
