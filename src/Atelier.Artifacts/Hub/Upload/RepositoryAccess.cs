using System.Net;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Finds or creates the repository of an upload, and asks for the right to write before anything is sent.</summary>
internal sealed class RepositoryAccess(HubWriter writer)
{
    private const int MaximumBusyCount = 5;

    /// <summary>Checks that there is a token and that requests are allowed.</summary>
    /// <exception cref="HubException">There is none, or offline mode forbids requests.</exception>
    public void RequireToken()
    {
        if (writer.Settings.OfflineReason is { } reason)
        {
            throw new HubException(HubErrorKind.Offline, $"An upload needs the hub, and {reason} forbids requests: unset it to go online.");
        }

        if (writer.Settings.Token is null)
        {
            throw new HubException(HubErrorKind.InvalidToken, "An upload needs a token that may write: make one at https://huggingface.co/settings/tokens and set HF_TOKEN to it.");
        }
    }

    /// <summary>Gives an id its namespace.</summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The id with a namespace: its own, or the account's.</returns>
    public async Task<HubRepositoryId> CompleteAsync(HubRepositoryId id, CancellationToken cancellation)
    {
        if (id.Namespace is not null)
        {
            return id;
        }

        var account = await writer.Reader.WhoAmIAsync(cancellation).ConfigureAwait(false);
        return HubRepositoryId.Parse($"{account.Name}/{id.Name}");
    }

    /// <summary>Creates the repository where it does not exist.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="isPrivate">Whether it must be private or public; null leaves it to the hub, since organisations may force the one and refuse to be asked for the other.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A task that ends when the repository exists.</returns>
    /// <exception cref="HubException">It does not exist and can't be created.</exception>
    public async Task CreateAsync(HubRepositoryId id, bool? isPrivate, CancellationToken cancellation)
    {
        var body = new Dictionary<string, string>(StringComparer.Ordinal) { ["type"] = "model", ["name"] = id.Name, ["organization"] = id.Namespace! };
        if (isPrivate is { } asked)
        {
            body["visibility"] = asked ? "private" : "public";
        }

        var request = writer.Post("/api/repos/create", body, new HubTarget(id));
        for (var busy = 0; ; busy++)
        {
            try
            {
                await writer.SendAsync(request, cancellation).ConfigureAwait(false);
                return;
            }
            catch (HubException exception) when (exception.Status == HttpStatusCode.Conflict)
            {
                if (!IsBusy(exception))
                {
                    return;
                }

                if (busy == MaximumBusyCount)
                {
                    throw;
                }

                await writer.WaitAsync($"the hub is busy with another change of {id}; trying again", busy, cancellation).ConfigureAwait(false);
            }
            catch (HubException exception) when (exception.Status is HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.Forbidden)
            {
                await RequireExistingAsync(id, exception, cancellation).ConfigureAwait(false);
                return;
            }
        }
    }

    /// <summary>Asks for the branch that gets the commit.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="revision">The branch.</param>
    /// <param name="isPrivate">Whether the repository must be private; the hub ignores that wish where the repository exists.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The repository, with the branch's head.</returns>
    /// <exception cref="HubException">There is no such repository or branch, or it must be private and is public.</exception>
    public async Task<HubModel> HeadAsync(HubRepositoryId id, HubRevision revision, bool? isPrivate, CancellationToken cancellation)
    {
        // With the token even where it does not go along for reading: a private repository would look missing.
        var model = await writer.Reader.ModelAsync(id, revision, isWrite: true, cancellation).ConfigureAwait(false);
        if (isPrivate == true && !model.IsPrivate)
        {
            throw new HubException(HubErrorKind.Refused, $"{id} is public, and the upload was to be private: nothing was uploaded. Make it private at {writer.Settings.Endpoint}/{id}/settings, or choose another name.");
        }

        if (isPrivate == false && model.IsPrivate)
        {
            writer.Observer.Warn($"{id} is private and stays so: an upload does not publish a repository that exists.");
        }

        return model;
    }

    /// <summary>Checks that the token may write to a repository that exists.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the server does not know the question.</returns>
    /// <exception cref="HubException">It may not.</exception>
    public async Task<bool> RequireWriteAsync(HubRepositoryId id, CancellationToken cancellation)
    {
        try
        {
            return await writer.Reader.CheckAccessAsync(id, isWrite: true, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.Forbidden)
        {
            throw await WithNamesAsync(exception, id, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Checks, without creating anything, that the account may have a repository of this name.</summary>
    /// <param name="id">The repository.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A task that ends when nothing speaks against it.</returns>
    /// <exception cref="HubException">The token only reads, or the namespace is not the account's.</exception>
    public async Task RequireNamespaceAsync(HubRepositoryId id, CancellationToken cancellation)
    {
        var account = await writer.Reader.WhoAmIAsync(cancellation).ConfigureAwait(false);
        RequireWritingRole(account);
        var names = WritableNames(account);
        if (!names.Contains(id.Namespace, StringComparer.OrdinalIgnoreCase))
        {
            throw new HubException(HubErrorKind.Forbidden, $"{id} does not exist, and the token from {writer.Settings.Token!.Source} may not create it: it may write under {HubText.List(names)}. Use '{account.Name}/{id.Name}'.");
        }
    }

    /// <summary>Checks that the token is not one that only reads.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A task that ends when it is not.</returns>
    /// <exception cref="HubException">It is.</exception>
    public async Task RequireWritingRoleAsync(CancellationToken cancellation) => RequireWritingRole(await writer.Reader.WhoAmIAsync(cancellation).ConfigureAwait(false));

    private static bool IsBusy(HubException exception) => exception.ServerMessage is { } said
        && !said.Contains("already", StringComparison.OrdinalIgnoreCase)
        && (said.Contains("conflicting", StringComparison.OrdinalIgnoreCase) || said.Contains("in progress", StringComparison.OrdinalIgnoreCase));

    private static List<string> WritableNames(HubAccount account) => [account.Name, .. account.Organizations.Except(account.ReadOnlyOrganizations, StringComparer.Ordinal)];

    private void RequireWritingRole(HubAccount account)
    {
        if (account.Role == "read")
        {
            throw new HubException(HubErrorKind.Forbidden, $"The token from {writer.Settings.Token!.Source} may only read: make one that may write at https://huggingface.co/settings/tokens.");
        }
    }

    // A token may write to a repository and still have no right to create one beside it.
    private async Task RequireExistingAsync(HubRepositoryId id, HubException refusal, CancellationToken cancellation)
    {
        try
        {
            await writer.Reader.ModelAsync(id, HubRevision.Main, isWrite: true, cancellation).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.IsRequestFault)
        {
            throw await WithNamesAsync(refusal, id, cancellation).ConfigureAwait(false);
        }
    }

    // Whoever is not allowed into a namespace has most often mistyped their own.
    private async Task<HubException> WithNamesAsync(HubException refusal, HubRepositoryId id, CancellationToken cancellation)
    {
        if (refusal.Kind != HubErrorKind.Forbidden)
        {
            return refusal;
        }

        try
        {
            var account = await writer.Reader.WhoAmIAsync(cancellation).ConfigureAwait(false);
            return string.Equals(account.Name, id.Namespace, StringComparison.OrdinalIgnoreCase)
                ? refusal
                : refusal.With($"The token belongs to {HubText.Shown(account.Name, 100)}, whose own repositories are named '{HubText.Shown(account.Name, 100)}/…'.");
        }
        catch (HubException)
        {
            return refusal;
        }
    }
}
