using System.Net;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Turns the hub's refusals into messages that say what to do.</summary>
internal sealed class HubErrors(HubSettings settings)
{
    private const string TokenPage = "https://huggingface.co/settings/tokens";

    /// <summary>Makes the exception for an answer.</summary>
    /// <param name="response">The answer, its body read.</param>
    /// <param name="request">What was asked.</param>
    /// <returns>The exception.</returns>
    public async Task<HubException> FromAsync(HttpResponseMessage response, HubRequest request)
    {
        var body = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        var said = ServerText.Read(ServerText.FromHeader(HubWaits.Header(response.Headers, "X-Error-Message")), body, settings.Token);
        var address = response.RequestMessage?.RequestUri ?? request.Address;
        var answer = new Answer(
            (int)response.StatusCode,
            HubWaits.Header(response.Headers, "X-Error-Code")?.Trim() ?? "",
            said ?? "",
            address,
            IsStorage: IsStorage(address),
            HadToken: settings.Token is not null && (request.IsWrite || settings.SendsTokenForReading));
        var (kind, text) = Explain(answer, request);
        var requestId = HubWaits.Header(response.Headers, "X-Request-Id") is { Length: > 0 } id ? HubText.Shown(id, settings.Token, 100) : null;
        var commit = HubWaits.Header(response.Headers, "X-Repo-Commit");
        return new HubException(kind, Compose(text, said, requestId))
        {
            RequestId = requestId,
            Status = (HttpStatusCode)answer.Status,
            ServerMessage = said,
            Commit = HubRevision.IsCommitId(commit) ? commit : null,
        };
    }

    private static string Compose(string text, string? said, string? requestId)
    {
        var message = said is null || text.Contains(said, StringComparison.OrdinalIgnoreCase) ? text : $"{text} The server says: {said.TrimEnd('.')}.";
        return requestId is null ? message : $"{message} (Request id {requestId})";
    }

    private (HubErrorKind Kind, string Text) Explain(Answer answer, HubRequest request) => answer switch
    {
        { Status: 401 or 403, IsStorage: true, Code: "" } => (HubErrorKind.Expired, $"The signed address of {request.Target} has expired, or its storage refuses it ({answer.Status}). Try again later."),
        { Status: 400, IsStorage: true } when IsStale(answer.Said) => (HubErrorKind.Expired, $"The signed address of {request.Target} has expired. Try again later."),
        { Code: "GatedRepo" } => Gated(answer, request.Target),
        { Code: "RevisionNotFound" } => (HubErrorKind.RevisionNotFound, $"{Repository(request.Target)} has no revision '{request.Target.Revision}'."),
        { Code: "EntryNotFound" } => (HubErrorKind.EntryNotFound, $"There is no {request.Target}."),
        { Code: "RepoNotFound" } => (HubErrorKind.RepositoryNotFound, NotFound(answer, request.Target)),
        { Status: 401 } => Unauthorized(answer, request.Target),
        { Status: 403 } => Forbidden(answer, request.Target),
        { Status: 402 } => (HubErrorKind.Forbidden, $"The hub asks for a payment or another plan for {request.Target}."),
        { Status: 404, IsStorage: true } => (HubErrorKind.Protocol, $"The storage behind the hub does not have {request.Target} (404 from {HubAddress.Shown(answer.Address, settings.Token)}). Try again later."),
        { Status: 404 } => (HubErrorKind.Protocol, $"{settings.Endpoint} answers 404 for {request.Target} without saying what is missing: it is no hub, or a mirror without this call. Check HF_ENDPOINT."),
        { Status: 407 } => (HubErrorKind.Proxy, HubProxy.AsksForPassword(settings.Proxy?.GetProxy(answer.Address))),
        { Status: 409 or 412 } => (HubErrorKind.Conflict, $"Somebody else has changed {Repository(request.Target)}, or is changing it ({answer.Status}). Nothing of this request was written."),
        { Status: 429 } => (HubErrorKind.RateLimited, $"The hub has had too many requests (429) and still refuses {request.Target}. {RateAdvice(answer)}"),
        { Status: 408 or >= 500 } => (HubErrorKind.Unavailable, $"The hub is unavailable for {request.Target} ({answer.Status} from {HubAddress.Shown(answer.Address, settings.Token)}). Try again later."),
        { Status: >= 400 } => (HubErrorKind.Refused, $"The hub refuses {request.Target} ({answer.Status})."),
        _ => (HubErrorKind.Protocol, $"{HubAddress.Shown(answer.Address, settings.Token)} answers {answer.Status}, which no hub does here. Check HF_ENDPOINT."),
    };

    // A mirror may lead to the public hub, whose refusals mean what the hub's own do.
    private bool IsStorage(Uri address)
        => HubAddress.Origin(address) is var origin && origin != HubAddress.Origin(new Uri(settings.Endpoint)) && origin != HubAddress.Origin(new Uri(HubSettings.DefaultEndpoint));

    private static bool IsStale(string said) => said.Contains("AccessDenied", StringComparison.OrdinalIgnoreCase)
        || said.Contains("expired", StringComparison.OrdinalIgnoreCase)
        || said.Contains("SignatureDoesNotMatch", StringComparison.OrdinalIgnoreCase);

    private (HubErrorKind Kind, string Text) Unauthorized(Answer answer, HubTarget target)
    {
        if (answer.Said.Contains("Invalid credentials", StringComparison.OrdinalIgnoreCase))
        {
            var source = settings.Token?.Source ?? "no source";
            var hidden = settings.Token is { Source: "HF_TOKEN" or "HUGGING_FACE_HUB_TOKEN" } && File.Exists(settings.TokenFile) ? " (it hides the one of the login file)" : "";
            return (HubErrorKind.InvalidToken, $"The token from {source}{hidden} is wrong, expired or revoked. Make another at {TokenPage} and set it there.");
        }

        return target.Repository is null
            ? (HubErrorKind.InvalidToken, $"The hub wants a token: {TokenAdvice("one")}.")
            : (HubErrorKind.RepositoryNotFound, NotFound(answer, target));
    }

    private (HubErrorKind Kind, string Text) Gated(Answer answer, HubTarget target)
    {
        var page = $"{settings.Endpoint}/{target.Repository}";
        return answer is { Status: 401, HadToken: false }
            ? (HubErrorKind.Gated, $"{Repository(target)} is gated: ask for access at {page}, then {TokenAdvice("a token")}.")
            : (HubErrorKind.Gated, $"{Repository(target)} is gated, and the account of the token{Source()} has no access yet: ask for it at {page}.{(answer.Status == 401 ? " If it has access, the token may be wrong or expired." : "")}");
    }

    private (HubErrorKind Kind, string Text) Forbidden(Answer answer, HubTarget target)
    {
        if (answer.Said.Contains("gated repositories", StringComparison.OrdinalIgnoreCase))
        {
            return (HubErrorKind.Gated, $"The token{Source()} may not read gated repositories: allow it at {TokenPage}.");
        }

        if (answer.Said.Contains("disabled", StringComparison.OrdinalIgnoreCase))
        {
            return (HubErrorKind.Disabled, $"The hub has disabled {Repository(target)}.");
        }

        if (answer.Said.Contains("write token", StringComparison.OrdinalIgnoreCase))
        {
            return (HubErrorKind.Forbidden, $"The token{Source()} may only read: make one that may write at {TokenPage}.");
        }

        if (answer.Said.Contains("create_pr", StringComparison.OrdinalIgnoreCase))
        {
            return (HubErrorKind.Forbidden, $"The token{Source()} may not write to {Repository(target)}: offer a pull request instead, with `atelier hub upload {Repository(target)} PATH --create-pr`.");
        }

        return !answer.HadToken
            ? (HubErrorKind.Forbidden, $"Without a token there is no right to {target}: {TokenAdvice("one")}.")
            : (HubErrorKind.Forbidden, $"The token{Source()} does not give the right to {target}.");
    }

    private string NotFound(Answer answer, HubTarget target) => !answer.HadToken
        ? $"{Repository(target)} was not found, or is private: check the name; for a private repository {TokenAdvice("a token")}."
        : $"{Repository(target)} was not found, or is private and the account of the token{Source()} has no access: check the name and the account.";

    private string RateAdvice(Answer answer) => answer.HadToken ? "Try again in some minutes." : $"With a token the limits are higher: {TokenAdvice("one")}.";

    private string TokenAdvice(string noun) => settings.Token is null
        ? $"set HF_TOKEN to {noun} from {TokenPage}"
        : $"unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which keeps the token{Source()} from being sent, or give the token with --token";

    private string Source() => settings.Token is null ? "" : $" from {settings.Token.Source}";

    private static string Repository(HubTarget target) => target.Repository?.ToString() ?? "The repository";

    private sealed record Answer(int Status, string Code, string Said, Uri Address, bool IsStorage, bool HadToken);
}
