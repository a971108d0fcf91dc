using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>Calls that list files.</summary>
internal sealed class ListingCalls(HubServer server)
{
    private const int PathLimit = 1000;

    public Reply Tree(Call call, ModelRoute route, HostedModel model)
    {
        if (model.Find(route.Revision) is not { } commit)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        var folder = route.Path.TrimEnd('/');
        var entries = Entries(commit, folder, call.Request.Flag("recursive"));
        if (entries.Count == 0 && folder.Length > 0)
        {
            return Refusal.MissingEntry(commit, folder);
        }

        var isExpanded = call.Request.Flag("expand");
        var json = entries.Select(entry => Json(model, commit, entry.Path, entry.File, isExpanded)).ToList();
        return Paging.Page(server, call.Request, json, isExpanded ? server.Options.CommitPageSize : server.Options.TreePageSize).With("X-Repo-Commit", commit.Id);
    }

    public static async Task<Reply> PathsAsync(Call call, ModelRoute route, HostedModel model)
    {
        if (model.Find(route.Revision) is not { } commit)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        if ((await call.Request.ReadJsonAsync())?["paths"] is not JsonArray paths)
        {
            return Refusal.List(["\"paths\" is required"]);
        }

        if (paths.Count > PathLimit)
        {
            return Refusal.List([$"\"paths\" must contain less than or equal to {PathLimit} items"]);
        }

        var isExpanded = call.Request.Body!.Contains("\"expand\":true", StringComparison.Ordinal);
        var found = paths.Select(static path => (string?)path).Distinct().OfType<string>().Select(path => Find(model, commit, path, isExpanded)).OfType<JsonNode>();
        return Reply.Json(new JsonArray([.. found])).With("X-Repo-Commit", commit.Id);
    }

    private static JsonNode? Find(HostedModel model, HostedCommit commit, string path, bool isExpanded)
    {
        if (commit.Files.TryGetValue(path, out var file))
        {
            return Json(model, commit, path, file, isExpanded);
        }

        return Entries(commit, path, isRecursive: false).Count > 0 ? Json(model, commit, path, null, isExpanded) : null;
    }

    // A folder is listed before what is in it.
    private static List<(string Path, HostedFile? File)> Entries(HostedCommit commit, string folder, bool isRecursive)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var entries = new List<(string, HostedFile?)>();
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in commit.Files.Values.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            for (var slash = file.Path.IndexOf('/', prefix.Length); slash >= 0; slash = file.Path.IndexOf('/', slash + 1))
            {
                // A hostile name that begins with a slash has no folder to list.
                if (slash > 0 && folders.Add(file.Path[..slash]))
                {
                    entries.Add((file.Path[..slash], null));
                }

                if (!isRecursive)
                {
                    break;
                }
            }

            if (isRecursive || file.Path.IndexOf('/', prefix.Length) < 0)
            {
                entries.Add((file.Path, file));
            }
        }

        return entries;
    }

    private static JsonObject Json(HostedModel model, HostedCommit commit, string path, HostedFile? file, bool isExpanded)
    {
        var json = file?.TreeEntry() ?? new JsonObject
        {
            ["type"] = "directory",
            ["oid"] = HostedContent.Of($"tree {commit.Id} {path}").BlobId,
            ["size"] = 0,
            ["path"] = path,
        };
        if (!model.UsesXet)
        {
            json.Remove("xetHash");
        }

        if (isExpanded)
        {
            json["lastCommit"] = new JsonObject { ["id"] = commit.Id, ["title"] = commit.Title, ["date"] = HostedCommit.Time(commit.Date) };
        }

        return json;
    }
}
