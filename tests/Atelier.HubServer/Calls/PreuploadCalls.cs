using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>Decides, before anything is sent, how each file is to be sent.</summary>
internal sealed class PreuploadCalls(HubServer server, Access access)
{
    private const int FileLimit = 256;
    private const int SampleLength = 512;

    public async Task<Reply> AnswerAsync(Call call, ModelRoute route, HostedModel model)
    {
        if (access.ToWrite(call, model, call.Request.Flag("create_pr")) is { } refusal)
        {
            return refusal;
        }

        if (model.Find(route.Revision) is not { } commit)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        var body = await call.Request.ReadJsonAsync();
        if (body?["files"] is not JsonArray files)
        {
            return Refusal.List(["\"files\" is required"]);
        }

        if (files.Count > FileLimit)
        {
            server.Report(ViolationKind.Protocol, call.Request, $"{files.Count} files in one call");
            return Refusal.List([$"\"files\" must contain less than or equal to {FileLimit} items"]);
        }

        var ignored = (string?)body["gitIgnore"] ?? (commit.Files.TryGetValue(".gitignore", out var file) ? System.Text.Encoding.UTF8.GetString(file.Content.ToArray()) : "");
        return Reply.Json(new JsonObject
        {
            ["files"] = new JsonArray([.. files.Select(item => Decide(call, commit, item!.AsObject(), ignored))]),
            ["commitOid"] = commit.Id,
        });
    }

    private JsonObject Decide(Call call, HostedCommit commit, JsonObject file, string ignored)
    {
        var path = (string)file["path"]!;
        var size = (long)file["size"]!;
        var sample = Convert.FromBase64String((string?)file["sample"] ?? "");
        if (file["sample"] is null || sample.Length != Math.Min(SampleLength, size))
        {
            server.Report(ViolationKind.Protocol, call.Request, $"the sample of {path} has {sample.Length} bytes");
        }

        var answer = new JsonObject
        {
            ["path"] = path,
            ["uploadMode"] = LargeFiles.IsLarge(path, size, sample, server.Options) ? "lfs" : "regular",
            ["shouldIgnore"] = GitIgnore.IsIgnored(ignored, path),
        };
        if (commit.Files.TryGetValue(path, out var known))
        {
            answer["oid"] = known.Id;
        }

        return answer;
    }
}
