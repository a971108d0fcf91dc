using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Atelier.Testing;

/// <summary>Calls about accounts, and those that create.</summary>
internal sealed partial class AccountCalls(HubServer server)
{
    public static Reply WhoAmI(Call call) => call.User is null
        ? Refusal.Of(401, "Invalid username or password.")
        : Reply.Json(call.User.WhoAmI(call.Token!));

    public async Task<Reply> CreateAsync(Call call)
    {
        if (await call.Request.ReadJsonAsync() is not { } body || (string?)body["name"] is not { Length: > 0 } name)
        {
            return Refusal.List(["\"name\" is required"]);
        }

        if (!Name().IsMatch(name))
        {
            return Refusal.List([$"\"name\" with value \"{name}\" is not valid"]);
        }

        if (((string?)body["type"] ?? "model") != "model")
        {
            return Refusal.List(["\"type\" must be model here"]);
        }

        var space = (string?)body["organization"] ?? call.User?.Name ?? "";
        if (Access.ToCreate(call, space) is { } refusal)
        {
            return refusal;
        }

        var id = space + "/" + name;
        var url = $"{server.ClaimedEndpoint}/{id}";
        var isPrivate = IsPrivate(body);
        var isForced = server.PrivateOrganizations.Contains(space);
        if (isForced && isPrivate == false)
        {
            return Refusal.Of(403, $"The organization {space} does not allow public repositories");
        }

        var model = server.NewName(id) is null ? server.TryAddModel(id, static files => files.Add(".gitattributes", LargeFiles.AttributeLine("*.safetensors"))) : null;
        if (model is null)
        {
            return Reply.Json(new JsonObject { ["error"] = "You already created this model repo", ["url"] = url }, 409);
        }

        model.IsPrivate = isForced || isPrivate == true;
        return Reply.Json(new JsonObject { ["url"] = url, ["name"] = id, ["id"] = "65f1c7f3a1b2c3d4e5f60718" });
    }

    public static async Task<Reply> ValidateCardAsync(Call call)
    {
        if (await call.Request.ReadJsonAsync() is not { } body || (string?)body["content"] is not { } content)
        {
            return Refusal.List(["\"content\" is required"]);
        }

        var (errors, warnings) = CardCheck.Check(content);
        return errors.Count > 0 ? Refusal.List(errors, warnings) : Reply.Json(new JsonObject { ["errors"] = new JsonArray(), ["warnings"] = Refusal.Messages(warnings) });
    }

    private static bool? IsPrivate(JsonObject body) => (string?)body["visibility"] switch
    {
        "private" => true,
        "public" => false,
        _ => (bool?)body["private"],
    };

    [GeneratedRegex(@"^(?!.*(--|\.\.|\.git$))[A-Za-z0-9_]([A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
