namespace Atelier.Testing;

/// <summary>Calls that lead to a file's bytes.</summary>
internal sealed class ResolveCalls(HubServer server)
{
    private const string CachePath = "/api/resolve-cache/models/";

    /// <summary>The file whose bytes a request asks for at the end of the redirects; null for every other request.</summary>
    public static string? DeliveredFile(ReceivedRequest request)
    {
        if (request.Method != "GET")
        {
            return null;
        }

        return request.Origin == HubOrigin.Storage ? request.Query(DeliveryNetwork.FileParameter) : ModelRoute.OfCache(request.Segments)?.Path;
    }

    public Reply Resolve(Call call, ModelRoute route, HostedModel model)
    {
        if (call.Request.Method is not ("GET" or "HEAD"))
        {
            return Refusal.NotAHub();
        }

        if (model.Find(route.Revision) is not { } commit)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        if (!commit.Files.TryGetValue(route.Path, out var file))
        {
            return Refusal.MissingEntry(commit, route.Path);
        }

        if (route.Verb == "raw")
        {
            server.Report(ViolationKind.RawFile, call.Request, "the text of a pointer is no file");
            return Reply.Text(file.IsLfs ? file.PointerText : "");
        }

        var etag = $"\"{file.Id}\"";
        if (call.Request.Header("If-None-Match") is { } known && (known == "*" || known.Split(',').Any(item => item.Trim() == etag)))
        {
            return new Reply(304).With("ETag", etag).With("X-Repo-Commit", commit.Id).With("X-Linked-Etag", etag);
        }

        return file.IsLfs ? ToNetwork(model, commit, file) : ToCache(call, model, commit, file);
    }

    public Reply Cached(Call call, ModelRoute route, HostedModel model)
    {
        if (model.Find(route.Revision) is not { } commit)
        {
            return Refusal.MissingRevision(route.Revision);
        }

        if (!commit.Files.TryGetValue(route.Path, out var file))
        {
            return Refusal.MissingEntry(commit, route.Path);
        }

        if (call.Request.Query("etag") is null)
        {
            // Reported and answered all the same, as the real hub does: huggingface_hub drops the query.
            server.Report(ViolationKind.LostRedirectQuery, call.Request, "the redirect's query is missing");
        }

        return Content(call.Request, commit, file);
    }

    private static Reply Content(ReceivedRequest request, HostedCommit commit, HostedFile file) => RangeReply.Of(request, file.Content, $"\"{file.Id}\"")
        .With("Content-Type", "text/plain; charset=utf-8")
        .With("Content-Disposition", $"inline; filename*=UTF-8''{Uri.EscapeDataString(file.Path.Split('/')[^1])}")
        .With("X-Repo-Commit", commit.Id);

    private Reply ToCache(Call call, HostedModel model, HostedCommit commit, HostedFile file)
    {
        if (model.IsPrivate && server.Options.AnswersPrivateFilesDirectly)
        {
            return Content(call.Request, commit, file);
        }

        var location = $"{CachePath}{model.Id}/{commit.Id}/{Escaped(file.Path)}?{Uri.EscapeDataString(call.Request.RawPath)}=&etag={Uri.EscapeDataString($"\"{file.Id}\"")}";
        return Linked(Reply.Text("Temporary Redirect. Redirecting to " + location, status: 307), location, commit, file);
    }

    private Reply ToNetwork(HostedModel model, HostedCommit commit, HostedFile file)
    {
        var location = server.Network.Publish(file);
        var reply = Linked(Reply.Text("Found. Redirecting to " + location, status: 302), location, commit, file);
        return model.UsesXet
            ? reply.With("X-Xet-Hash", file.XetHash).With("Link", $"<{server.ClaimedEndpoint}/api/models/{model.Id}/xet-read-token/{commit.Id}>; rel=\"xet-auth\", <https://cas-server.xethub.hf.co/v1/reconstructions/{file.XetHash}>; rel=\"xet-reconstruction-info\"")
            : reply;
    }

    private static Reply Linked(Reply reply, string location, HostedCommit commit, HostedFile file) => reply
        .With("Location", location)
        .With("X-Repo-Commit", commit.Id)
        .With("X-Linked-Etag", $"\"{file.Id}\"")
        .With("X-Linked-Size", $"{file.Content.Length}")
        .With("Accept-Ranges", "bytes");

    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
