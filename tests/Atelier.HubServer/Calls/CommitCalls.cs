using System.Text;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>Makes commits: all of it or nothing.</summary>
internal sealed class CommitCalls(HubServer server, Access access)
{
    public async Task<Reply> AnswerAsync(Call call, ModelRoute route, HostedModel model)
    {
        var asPullRequest = call.Request.Flag("create_pr");
        if (access.ToWrite(call, model, asPullRequest) is { } refusal)
        {
            return refusal;
        }

        if (model.Find(route.Revision) is null || (!asPullRequest && !model.IsWritable(route.Revision)))
        {
            return Refusal.MissingRevision(route.Revision);
        }

        if (call.Request.Header("Content-Type")?.Split(';')[0].Trim() != "application/x-ndjson")
        {
            server.Report(ViolationKind.Protocol, call.Request, "Content-Type is not application/x-ndjson");
            return Refusal.Of(400, "Content-Type must be application/x-ndjson");
        }

        var plan = CommitPlan.Read(Encoding.UTF8.GetString(await call.Request.ReadBodyAsync()), model, server.Options);
        if (plan.Violation is not null)
        {
            server.Report(ViolationKind.Protocol, call.Request, plan.Violation);
        }

        if (plan.Errors.Count > 0)
        {
            return Refusal.List(plan.Errors);
        }

        return asPullRequest ? OpenPullRequest(call, route, model, plan) : Commit(call, route, model, plan);
    }

    private Reply Commit(Call call, ModelRoute route, HostedModel model, CommitPlan plan)
    {
        Reply? refusal = null;
        var commit = model.Update(route.Revision, head =>
        {
            refusal = plan.Parent is not null && plan.Parent != head.Id ? Refusal.Of(412, "A commit has happened since. Please refresh and try again.") : Check(plan, head);
            return refusal is null ? plan.Apply(head, call.User!.Name, server) : null;
        });
        return refusal ?? Success(model, commit!, null);
    }

    private Reply OpenPullRequest(Call call, ModelRoute route, HostedModel model, CommitPlan plan)
    {
        // Here the parent only names the base.
        if (model.Find(plan.Parent ?? route.Revision) is not { } parent)
        {
            return Refusal.MissingRevision(plan.Parent ?? route.Revision);
        }

        if (Check(plan, parent) is { } refusal)
        {
            return refusal;
        }

        var commit = plan.Apply(parent, call.User!.Name, server);
        return Success(model, commit, model.OpenPullRequest(commit));
    }

    private static Reply? Check(CommitPlan plan, HostedCommit head)
    {
        var missing = plan.Deletions.Where(path => !head.Files.Keys.Any(file => file == path || (path.EndsWith('/') && file.StartsWith(path, StringComparison.Ordinal)))).ToList();
        return missing.Count > 0 ? Refusal.List(missing.Select(static path => $"A file with the name \"{path}\" does not exist")) : null;
    }

    private Reply Success(HostedModel model, HostedCommit commit, int? pullRequest)
    {
        var json = new JsonObject
        {
            ["success"] = true,
            ["commitOid"] = commit.Id,
            ["commitUrl"] = $"{server.ClaimedEndpoint}/{model.Id}/commit/{commit.Id}",
            ["hookOutput"] = "",
        };
        if (pullRequest is not null)
        {
            json["pullRequestUrl"] = $"{server.ClaimedEndpoint}/{model.Id}/discussions/{pullRequest}";
        }

        return Reply.Json(json);
    }
}
