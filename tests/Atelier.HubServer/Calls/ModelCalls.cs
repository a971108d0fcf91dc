using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>Calls that describe a model: its information, references and commits.</summary>
internal sealed class ModelCalls(HubServer server)
{
    public static Reply Model(Call call, ModelRoute route, HostedModel model)
    {
        if (model.Find(route.Revision) is not { } commit)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        var card = Card.Of(commit);
        var json = new JsonObject
        {
            ["_id"] = "65f1c7f3a1b2c3d4e5f60718",
            ["id"] = model.Id,
            ["modelId"] = model.Id,
            ["author"] = model.Namespace,
            ["sha"] = commit.Id,
            ["lastModified"] = HostedCommit.Time(commit.Date),
            ["private"] = model.IsPrivate,
            ["gated"] = model.Gating == Gating.None ? JsonValue.Create(false) : JsonValue.Create(model.Gating.ToString().ToLowerInvariant()),
            ["disabled"] = model.IsDisabled,
            ["downloads"] = 12,
            ["likes"] = 3,
            ["tags"] = card.Tags(),
            ["siblings"] = new JsonArray([.. commit.Files.Values.Select(file => file.Sibling(call.Request.Flag("blobs")))]),
        };
        foreach (var name in new[] { "library_name", "pipeline_tag" })
        {
            if (card.Fields?[name] is JsonValue value)
            {
                json[name] = value.DeepClone();
            }
        }

        if (card.Fields is not null)
        {
            json["cardData"] = card.Fields.DeepClone();
        }

        return Reply.Json(json).With("X-Repo-Commit", commit.Id);
    }

    public static Reply References(Call call, HostedModel model)
    {
        var (branches, tags, pullRequests) = model.References();
        var json = new JsonObject
        {
            ["branches"] = List(branches, "refs/heads/"),
            ["tags"] = List(tags, "refs/tags/"),
            ["converts"] = new JsonArray(),
        };
        if (call.Request.Flag("include_prs"))
        {
            json["pullRequests"] = List([.. pullRequests.Select(static pair => ($"{pair.Number}", pair.Sha))], "refs/pr/");
        }

        return Reply.Json(json);
    }

    public Reply Commits(Call call, ModelRoute route, HostedModel model)
    {
        if (model.Find(route.Revision) is not { } newest)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        var commits = new List<JsonNode>();
        for (HostedCommit? commit = newest; commit is not null; commit = commit.Parent)
        {
            commits.Add(commit.Json());
        }

        return Paging.Page(server, call.Request, commits, server.Options.CommitPageSize).With("X-Total-Count", $"{commits.Count}");
    }

    private static JsonArray List(IEnumerable<(string Name, string Sha)> references, string prefix) =>
        [.. references.Select(pair => new JsonObject { ["name"] = pair.Name, ["ref"] = prefix + pair.Name, ["targetCommit"] = pair.Sha })];
}
