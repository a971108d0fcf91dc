namespace Atelier.Testing;

/// <summary>Who may do what, and the refusals of those who may not.</summary>
internal sealed class Access(HubServer server)
{
    /// <summary>The refusal of seeing a model's existence, information and listing; null when it is allowed.</summary>
    public Reply? ToSee(Call call, HostedModel? model)
    {
        if (model is null || (model.IsPrivate && call.User?.IsMemberOf(model.Namespace) != true))
        {
            var refusal = Refusal.MissingModel(call.User);
            return call.User is null && !server.Options.SendsMissingModelCode ? refusal.Without("X-Error-Code") : refusal;
        }

        return model.IsDisabled ? Refusal.Of(403, "Access to this resource is disabled.") : null;
    }

    /// <summary>The refusal of reading a model's files; null when it is allowed.</summary>
    public Reply? ToRead(Call call, HostedModel? model)
    {
        if (ToSee(call, model) is { } refusal)
        {
            return refusal;
        }

        if (model!.Gating == Gating.None || call.User?.IsMemberOf(model.Namespace) == true)
        {
            return null;
        }

        if (call.User is null)
        {
            return Refusal.Of(401, $"Access to model {model.Id} is restricted. You must have access to it and be authenticated to access it. Please log in.", "GatedRepo");
        }

        if (!model.GrantedUsers.Contains(call.User.Name))
        {
            return Refusal.Of(403, $"Access to model {model.Id} is restricted and you are not in the authorized list. Visit {server.ClaimedEndpoint}/{model.Id} to ask for access.", "GatedRepo");
        }

        return call.Token!.CanReadGated
            ? null
            : Refusal.Of(403, $"Please enable access to public gated repositories in your fine-grained token settings to view this repository: {server.ClaimedEndpoint}/settings/tokens");
    }

    /// <summary>The refusal of writing to a model, by a pull request or not; null when it is allowed.</summary>
    public Reply? ToWrite(Call call, HostedModel? model, bool asPullRequest)
    {
        if (ToSee(call, model) is { } refusal)
        {
            return refusal;
        }

        if (call.User is null)
        {
            return Refusal.Of(401, "Invalid username or password.");
        }

        if (!call.Token!.CanWrite)
        {
            return WriteTokenNeeded(call.Token);
        }

        return asPullRequest || call.User.MayWriteTo(model!.Namespace)
            ? null
            : Refusal.Of(403, "You don't have write access to this repository. To contribute, pass `create_pr=1` as a query parameter to create a Pull Request.");
    }

    /// <summary>The refusal of creating a model in a namespace; null when it is allowed.</summary>
    public static Reply? ToCreate(Call call, string space)
    {
        if (call.User is null)
        {
            return Refusal.Of(401, "Invalid username or password.");
        }

        if (!call.Token!.CanWrite)
        {
            return WriteTokenNeeded(call.Token);
        }

        return call.User.MayWriteTo(space) ? null : Refusal.Of(403, $"You don't have the rights to create a model under the namespace \"{space}\"");
    }

    private static Reply WriteTokenNeeded(AccessToken token) => token.Role == TokenRole.FineGrained
        ? Refusal.Of(403, "This fine-grained token does not have the permission to write to this repository.")
        : Refusal.Of(403, "This token is read-only: you must use a write token to upload to a repository.");
}
