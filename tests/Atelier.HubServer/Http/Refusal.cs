using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>The hub's errors, in the hub's words.</summary>
internal static class Refusal
{
    public const string BadToken = "Invalid credentials in Authorization header";

    public static Reply Of(int status, string message, string? code = null)
    {
        var reply = Reply.Json(new JsonObject { ["error"] = message }, status).With("X-Error-Message", OneLine(message));
        return code is null ? reply : reply.With("X-Error-Code", code);
    }

    public static Reply List(IEnumerable<string> errors, IEnumerable<string>? warnings = null)
    {
        var body = new JsonObject { ["errors"] = Messages(errors) };
        if (warnings is not null)
        {
            body["warnings"] = Messages(warnings);
        }

        return Reply.Json(body, 400);
    }

    public static JsonArray Messages(IEnumerable<string> messages) => [.. messages.Select(static message => new JsonObject { ["message"] = message })];

    public static Reply NotAHub() => Reply.Text("Not Found", status: 404);

    public static Reply MissingModel(HostedUser? user) =>
        user is null ? Of(401, "Invalid username or password.", "RepoNotFound") : Of(404, "Repository not found", "RepoNotFound");

    public static Reply MissingRevision(string revision) => Of(404, "Invalid rev id: " + revision, "RevisionNotFound");

    public static Reply MissingEntry(HostedCommit commit, string path) =>
        Of(404, "Entry not found: " + path, "EntryNotFound").With("X-Repo-Commit", commit.Id);

    public static Reply Storage(int status, string code, string message) =>
        Reply.Text($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>", "application/xml", status);

    public static string OneLine(string text) => string.Concat(text.Select(static character => char.IsControl(character) ? '?' : character));
}
