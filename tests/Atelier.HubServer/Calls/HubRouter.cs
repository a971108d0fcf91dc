namespace Atelier.Testing;

/// <summary>Answers the requests to the hub's own origin.</summary>
internal sealed class HubRouter(HubServer server, Access access, LfsCalls lfs)
{
    private readonly AccountCalls _accounts = new(server);
    private readonly ModelCalls _models = new(server);
    private readonly ListingCalls _listings = new(server);
    private readonly ResolveCalls _resolve = new(server);
    private readonly PreuploadCalls _preupload = new(server, access);
    private readonly CommitCalls _commits = new(server, access);
    private long _requestNumber;

    public async Task<Reply> AnswerAsync(ReceivedRequest request)
    {
        var reply = await AnswerCallAsync(request);
        var number = Interlocked.Increment(ref _requestNumber);
        reply = reply.With("X-Request-Id", $"Root=1-6620f3b4-{number:x24};request-{number}");
        if (reply.Header("RateLimit") is null)
        {
            var resource = request.Segments[0] == "api" ? "api" : "resolvers";
            reply = reply.With("RateLimit", $"\"{resource}\";r=2900;t=280").With("RateLimit-Policy", $"\"fixed window\";\"{resource}\";q=3000;w=300");
        }

        return server.Options.Warnings.Aggregate(reply, static (current, warning) => current.Plus("X-HF-Warning", warning));
    }

    private async Task<Reply> AnswerCallAsync(ReceivedRequest request)
    {
        if (!TryAuthenticate(request, out var call))
        {
            return Refusal.Of(401, Refusal.BadToken);
        }

        var segments = request.Segments;
        switch (segments)
        {
            case ["api", "whoami-v2"]:
                return AccountCalls.WhoAmI(call);
            case ["api", "repos", "create"] when request.Method == "POST":
                return await _accounts.CreateAsync(call);
            case ["api", "validate-yaml"] when request.Method == "POST":
                return await AccountCalls.ValidateCardAsync(call);
            case ["api", "complete_multipart"] when request.Method == "POST":
                return await server.Uploads.CompleteAsync(request);
        }

        if (ModelRoute.OfApi(segments) is { } api)
        {
            return await WithModelAsync(call, api, model => AnswerApiAsync(call, api, model));
        }

        if (ModelRoute.OfLfs(segments) is { } large)
        {
            return await WithModelAsync(call, large, model => lfs.AnswerAsync(call, large, model));
        }

        if (ModelRoute.OfCache(segments) is { } cache)
        {
            return await WithModelAsync(call, cache, model => Task.FromResult(access.ToRead(call, model) ?? _resolve.Cached(call, cache, model)));
        }

        return ModelRoute.OfFile(segments) is { } file
            ? await WithModelAsync(call, file, model => Task.FromResult(access.ToRead(call, model) ?? _resolve.Resolve(call, file, model)))
            : Refusal.NotAHub();
    }

    private async Task<Reply> AnswerApiAsync(Call call, ModelRoute route, HostedModel model)
    {
        switch (route.Verb, call.Request.Method)
        {
            case ("auth-check", "GET") when server.Options.HasAuthCheck:
                return (route.Rest is ["write"] ? access.ToWrite(call, model, asPullRequest: false) : access.ToRead(call, model)) ?? Reply.Text("OK");
            case ("" or "revision", "GET"):
                return ModelCalls.Model(call, route, model);
            case ("refs", "GET"):
                return ModelCalls.References(call, model);
            case ("commits", "GET"):
                return _models.Commits(call, route, model);
            case ("tree", "GET"):
                return _listings.Tree(call, route, model);
            case ("paths-info", "POST"):
                return await ListingCalls.PathsAsync(call, route, model);
            case ("preupload", "POST"):
                return await _preupload.AnswerAsync(call, route, model);
            case ("commit", "POST"):
                return await _commits.AnswerAsync(call, route, model);
            default:
                return Refusal.NotAHub();
        }
    }

    private async Task<Reply> WithModelAsync(Call call, ModelRoute route, Func<HostedModel, Task<Reply>> answer)
    {
        if (server.NewName(route.Id) is { } name)
        {
            // Only the id changes: everything else stays exactly as it was sent.
            var target = call.Request.RawTarget;
            var start = target.IndexOf("/" + route.Id, StringComparison.Ordinal);
            target = target[..start] + "/" + name + target[(start + 1 + route.Id.Length)..];
            return Reply.Text("Temporary Redirect. Redirecting to " + target, status: 307).With("Location", target);
        }

        var model = server.FindModel(route.Id);
        return access.ToSee(call, model) ?? await answer(model!);
    }

    private bool TryAuthenticate(ReceivedRequest request, out Call call)
    {
        call = new Call(request, null, null);
        if (request.Authorization is not { } header)
        {
            return true;
        }

        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || server.FindToken(header["Bearer ".Length..]) is not { } owner)
        {
            return false;
        }

        call = new Call(request, owner.User, owner.Token);
        return true;
    }
}
