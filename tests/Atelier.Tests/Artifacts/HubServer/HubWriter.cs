using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Atelier.Tests.Artifacts.HubServers;

/// <summary>The calls of an upload, one by one.</summary>
internal static class HubWriter
{
    public const string LfsType = "application/vnd.git-lfs+json";

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static async Task<JsonNode> JsonAsync(this Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public static async Task<(int Status, string Text)> StatusAsync(this Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public static Task<HttpResponseMessage> PostLfsAsync(this HubProbe probe, string target, JsonNode body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
        content.Headers.ContentType = new MediaTypeHeaderValue(LfsType);
        return probe.SendAsync(HttpMethod.Post, target, content, ("Accept", LfsType));
    }

    public static Task<HttpResponseMessage> BatchAsync(this HubProbe probe, string id, params byte[][] objects) => probe.PostLfsAsync($"/{id}.git/info/lfs/objects/batch", new JsonObject
    {
        ["operation"] = "upload",
        ["transfers"] = new JsonArray("basic", "multipart"),
        ["hash_algo"] = "sha256",
        ["ref"] = new JsonObject { ["name"] = "main" },
        ["objects"] = new JsonArray([.. objects.Select(static bytes => new JsonObject { ["oid"] = Sha256(bytes), ["size"] = bytes.Length })]),
    });

    public static Task<HttpResponseMessage> PutAsync(this HubProbe probe, JsonNode url, byte[] bytes) => probe.SendAsync(HttpMethod.Put, (string)url!, new ByteArrayContent(bytes));

    public static Task<HttpResponseMessage> VerifyAsync(this HubProbe probe, JsonNode action, byte[] bytes) =>
        probe.PostLfsAsync((string)action["verify"]!["href"]!, new JsonObject { ["oid"] = Sha256(bytes), ["size"] = bytes.Length });

    public static Task<HttpResponseMessage> CommitAsync(this HubProbe probe, string target, string? parent, params JsonObject[] lines)
    {
        var header = new JsonObject { ["summary"] = "Upload", ["description"] = "more" };
        if (parent is not null)
        {
            header["parentCommit"] = parent;
        }

        var text = string.Concat(lines.Prepend(Line("header", header)).Select(static line => line.ToJsonString() + "\n"));
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return probe.SendAsync(HttpMethod.Post, target, content);
    }

    public static JsonObject File(string path, string text) =>
        Line("file", new JsonObject { ["path"] = path, ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), ["encoding"] = "base64" });

    public static JsonObject LfsFile(string path, byte[] bytes) =>
        Line("lfsFile", new JsonObject { ["path"] = path, ["algo"] = "sha256", ["oid"] = Sha256(bytes), ["size"] = bytes.Length });

    public static JsonObject Deletion(string path) => Line(path.EndsWith('/') ? "deletedFolder" : "deletedFile", new JsonObject { ["path"] = path });

    private static JsonObject Line(string key, JsonObject value) => new() { ["key"] = key, ["value"] = value };
}
