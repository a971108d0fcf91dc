using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>The LFS protocol: where objects go, and whether they have arrived.</summary>
internal sealed class LfsCalls(HubServer server, Access access)
{
    private const string MediaType = "application/vnd.git-lfs+json";
    private const int ObjectLimit = 256;

    /// <summary>Reports a call of the LFS protocol without that protocol's headers.</summary>
    public static void JudgeHeaders(HubServer server, ReceivedRequest request)
    {
        foreach (var name in new[] { "Accept", "Content-Type" })
        {
            if (request.Header(name)?.Split(';')[0].Trim() != MediaType)
            {
                server.Report(ViolationKind.Protocol, request, $"{name} is {request.Header(name) ?? "missing"} and not {MediaType}");
            }
        }
    }

    public async Task<Reply> AnswerAsync(Call call, ModelRoute route, HostedModel model)
    {
        JudgeHeaders(server, call.Request);

        // Whoever may open a pull request may upload: the commit says whether more is needed.
        if (access.ToWrite(call, model, asPullRequest: true) is { } refusal)
        {
            return refusal;
        }

        return (call.Request.Method, string.Join('/', route.Rest)) switch
        {
            ("POST", "objects/batch") => await BatchAsync(call, model),
            ("POST", "verify") => await VerifyAsync(call.Request, model),
            _ => Refusal.NotAHub(),
        };
    }

    /// <summary>Answers a verification: has the object arrived as it was announced?</summary>
    public async Task<Reply> VerifyAsync(ReceivedRequest request, HostedModel model)
    {
        JudgeHeaders(server, request);
        var body = await request.ReadJsonAsync();
        if ((string?)body?["oid"] is not { } oid || body["size"] is null)
        {
            return Refusal.Of(400, "oid and size are required");
        }

        var size = (long)body["size"]!;
        if (model.Objects.Find(oid, size) is not { } stored)
        {
            return Refusal.Of(404, "Object does not exist, or its size differs");
        }

        if (stored.Content.Sha256 != oid)
        {
            model.Objects.Remove(oid);
            return Refusal.Of(422, "The object's content does not have the announced hash");
        }

        model.Objects.Verify(oid);
        return Reply.Json(new JsonObject { ["success"] = true });
    }

    private async Task<Reply> BatchAsync(Call call, HostedModel model)
    {
        var body = await call.Request.ReadJsonAsync();
        if (body?["objects"] is not JsonArray objects || (string?)body["operation"] != "upload" || ((string?)body["hash_algo"] ?? "sha256") != "sha256")
        {
            return Refusal.Of(400, "operation upload, hash_algo sha256 and objects are required");
        }

        if (objects.Count > ObjectLimit)
        {
            server.Report(ViolationKind.Protocol, call.Request, $"{objects.Count} objects in a batch");
            return Refusal.Of(400, $"At most {ObjectLimit} objects");
        }

        var transfers = body["transfers"] is JsonArray offered ? offered.Select(static name => (string?)name).ToList() : ["basic"];
        if (transfers.Contains("xet"))
        {
            server.Report(ViolationKind.Protocol, call.Request, "xet was offered");
            return Answer("xet", objects.Select(static item => new JsonObject { ["oid"] = (string?)item!["oid"], ["size"] = (long)item["size"]! }));
        }

        if (objects.Select(static item => (string?)item!["oid"]).Distinct().Count() != objects.Count)
        {
            server.Report(ViolationKind.Protocol, call.Request, "an object comes twice in a batch");
        }

        var answers = objects.Select(item => Describe(model, (string?)item!["oid"] ?? "", (long)item["size"]!, transfers.Contains("multipart"))).ToList();
        return Answer(transfers.Contains("basic") ? "basic" : "multipart", answers);
    }

    private JsonObject Describe(HostedModel model, string oid, long size, bool maySplit)
    {
        var answer = new JsonObject { ["oid"] = oid, ["size"] = size };
        if (oid.Length != 64 || !oid.All(char.IsAsciiHexDigitLower) || size < 0)
        {
            answer["error"] = new JsonObject { ["code"] = 422, ["message"] = "Validation error: oid must be a sha256" };
        }
        else if (model.Objects.Find(oid, size) is { } stored && stored.Content.Sha256 == oid)
        {
            // What the hub says is stored, a commit may use.
            model.Objects.Verify(oid);
        }
        else
        {
            answer["actions"] = new JsonObject
            {
                ["upload"] = server.Uploads.Begin(model, oid, size, maySplit && size >= server.Options.MultipartThreshold),
                ["verify"] = new JsonObject { ["href"] = server.Options.VerifiesAtStorage ? $"{server.StorageOrigin}/{StorageRouter.VerifyRoot}/{model.Id}" : $"{server.ClaimedEndpoint}/{model.Id}.git/info/lfs/verify" },
            };
        }

        return answer;
    }

    private static Reply Answer(string transfer, IEnumerable<JsonObject> objects) =>
        Reply.Json(new JsonObject { ["transfer"] = transfer, ["objects"] = new JsonArray([.. objects]) }).With("Content-Type", MediaType);
}
