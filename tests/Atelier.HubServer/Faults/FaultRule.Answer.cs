using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <content>Faults of the answer: another one, or a changed one.</content>
public sealed partial class FaultRule
{
    /// <summary>The <c>X-Request-Id</c> of refusals.</summary>
    public const string RequestId = "Root=1-6620f3b4-fa017fa017fa017;fault";

    private readonly List<Func<ReceivedRequest, Reply, Reply>> _changes = [];
    private readonly List<string> _hiddenHeaders = [];

    internal Func<ReceivedRequest, Reply>? Replacement { get; private set; }

    internal Action<ReceivedRequest>? BeforeAction { get; private set; }

    internal Action<ReceivedRequest>? AfterAction { get; private set; }

    /// <summary>Does something before the request is carried out, such as a push by somebody else.</summary>
    /// <param name="action">What.</param>
    /// <returns>This rule.</returns>
    public FaultRule Before(Action<ReceivedRequest> action)
    {
        BeforeAction = action;
        return this;
    }

    /// <summary>Does something after the request was carried out, before its answer.</summary>
    /// <param name="action">What.</param>
    /// <returns>This rule.</returns>
    public FaultRule After(Action<ReceivedRequest> action)
    {
        AfterAction = action;
        return this;
    }

    /// <summary>Answers something else; the request is not carried out.</summary>
    /// <param name="answer">Makes the answer.</param>
    /// <returns>This rule.</returns>
    public FaultRule Answer(Func<ReceivedRequest, Reply> answer)
    {
        Replacement = answer;
        return this;
    }

    /// <summary>Answers something else; the request is not carried out.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>This rule.</returns>
    public FaultRule Answer(Reply answer) => Answer(_ => answer);

    /// <summary>Changes the answer.</summary>
    /// <param name="change">Makes the new answer from the right one.</param>
    /// <returns>This rule.</returns>
    public FaultRule Change(Func<ReceivedRequest, Reply, Reply> change)
    {
        _changes.Add(change);
        return this;
    }

    /// <summary>Changes the answer.</summary>
    /// <param name="change">Makes the new answer from the right one.</param>
    /// <returns>This rule.</returns>
    public FaultRule Change(Func<Reply, Reply> change) => Change((_, reply) => change(reply));

    /// <summary>Carries the request out as if a header had not been sent.</summary>
    /// <param name="name">The header.</param>
    /// <returns>This rule.</returns>
    public FaultRule Ignore(string name)
    {
        _hiddenHeaders.Add(name);
        return this;
    }

    /// <summary>Ignores <c>Range</c>: 200 with the whole file.</summary>
    /// <returns>This rule.</returns>
    public FaultRule IgnoreRange() => Ignore("Range");

    /// <summary>Claims that a part begins elsewhere than it does.</summary>
    /// <param name="shift">By how many bytes.</param>
    /// <returns>This rule.</returns>
    public FaultRule ShiftRange(long shift) => Change(reply =>
    {
        if (reply.Header("Content-Range")?.Split(' ', '-') is not [_, var start, var rest])
        {
            return reply;
        }

        return reply.With("Content-Range", $"bytes {long.Parse(start) + shift}-{rest}");
    });

    /// <summary>Answers a status with a body in the hub's form.</summary>
    /// <param name="status">The status.</param>
    /// <param name="message">The message.</param>
    /// <param name="code">The value of <c>X-Error-Code</c>, or null.</param>
    /// <returns>This rule.</returns>
    public FaultRule Fail(int status, string message = "Something went wrong", string? code = null) => Answer(Refusal.Of(status, message, code).With("X-Request-Id", RequestId));

    /// <summary>Answers 429 with <c>Retry-After</c>.</summary>
    /// <param name="seconds">Its value.</param>
    /// <returns>This rule.</returns>
    public FaultRule LimitRate(int seconds) => Answer(Limited().With("Retry-After", $"{seconds}"));

    /// <summary>Answers 429 with <c>Retry-After</c> as a date.</summary>
    /// <param name="time">Its value.</param>
    /// <returns>This rule.</returns>
    public FaultRule LimitRateUntil(DateTimeOffset time) => Answer(Limited().With("Retry-After", time.ToString("R")));

    /// <summary>Answers 429 with <c>RateLimit</c>.</summary>
    /// <param name="seconds">The seconds until its reset.</param>
    /// <param name="resource"><c>api</c>, <c>resolvers</c> or <c>pages</c>.</param>
    /// <returns>This rule.</returns>
    public FaultRule LimitRateByHeader(int seconds, string resource = "api") => Answer(Limited()
        .With("RateLimit", $"\"{resource}\";r=0;t={seconds}")
        .With("RateLimit-Policy", $"\"fixed window\";\"{resource}\";q=500;w=300"));

    /// <summary>Answers as storage does when a signed URL is too old.</summary>
    /// <returns>This rule.</returns>
    public FaultRule ExpireSignedUrl() => Answer(SignedUrls.Expired());

    /// <summary>Answers a redirect.</summary>
    /// <param name="location">The <c>Location</c>, exactly as it is sent.</param>
    /// <param name="status">The status.</param>
    /// <returns>This rule.</returns>
    public FaultRule Redirect(string location, int status = 302) => Answer(Reply.Text($"Found. Redirecting to {location}", status: status).With("Location", location));

    /// <summary>Answers a redirect to the same path and query on another origin, as mirrors do.</summary>
    /// <param name="origin">The origin, as <c>https://huggingface.co</c>.</param>
    /// <param name="status">The status.</param>
    /// <returns>This rule.</returns>
    public FaultRule RedirectToOrigin(string origin, int status = 302) => Answer(request => new Reply(status).With("Location", origin + request.RawTarget));

    /// <summary>Answers 200 with a page in HTML, as a hotel's network does.</summary>
    /// <returns>This rule.</returns>
    public FaultRule CaptivePortal() => Answer(Reply.Text("<!DOCTYPE html><html><title>Welcome</title><body>Please log in to our network.</body></html>", "text/html").With("Server", "portal"));

    /// <summary>Answers 200 with a body that claims to be JSON.</summary>
    /// <param name="text">The body.</param>
    /// <returns>This rule.</returns>
    public FaultRule AnswerJson(string text) => Answer(Reply.Text(text, "application/json"));

    /// <summary>Answers JSON that stops in the middle.</summary>
    /// <returns>This rule.</returns>
    public FaultRule MalformedJson() => AnswerJson("""[{"type":"file","oid":""");

    /// <summary>Answers valid JSON of a size: an array of one long text.</summary>
    /// <param name="bytes">About how many bytes.</param>
    /// <returns>This rule.</returns>
    public FaultRule HugeJson(int bytes) => Change(reply => (reply with { Status = 200, Body = HostedContent.Of("[\"" + new string('x', bytes) + "\"]") }).With("Content-Type", "application/json"));

    /// <summary>Adds headers to the answer.</summary>
    /// <param name="bytes">About how many bytes of them.</param>
    /// <returns>This rule.</returns>
    public FaultRule HugeHeaders(int bytes) => Change(reply =>
    {
        const int lineLength = 4000;
        for (var i = 0; i < bytes; i += lineLength)
        {
            reply = reply.Plus($"X-Filler-{i}", new string('x', lineLength));
        }

        return reply;
    });

    /// <summary>Sends only the body's first bytes, and announces just these.</summary>
    /// <param name="bytes">How many.</param>
    /// <returns>This rule.</returns>
    public FaultRule ShortBody(long bytes) => Change(reply => reply.WithBody(new SlicedContent(reply.Body, 0, Math.Min(bytes, reply.Body.Length))));

    /// <summary>Sends more bytes than there are, and announces them.</summary>
    /// <param name="bytes">How many more.</param>
    /// <returns>This rule.</returns>
    public FaultRule LongBody(int bytes) => Change(reply => reply.WithBody(new JoinedContent(reply.Body, HostedContent.Of(new byte[bytes]))));

    /// <summary>Inverts a byte of the body.</summary>
    /// <param name="position">Which.</param>
    /// <returns>This rule.</returns>
    public FaultRule WrongContent(long position = 0) => Change(reply => reply.WithBody(new CorruptedContent(reply.Body, position)));

    /// <summary>Sends the body in chunks, without its length.</summary>
    /// <returns>This rule.</returns>
    public FaultRule Chunked() => Change(static reply => reply with { IsChunked = true });

    /// <summary>Compresses the body although it was not asked for, as delivery networks do: no length, a weak etag, the whole file.</summary>
    /// <returns>This rule.</returns>
    public FaultRule Gzip() => IgnoreRange().Change(static reply => Compression.Apply(reply, reply.Body));

    /// <summary>Makes the etags weak.</summary>
    /// <returns>This rule.</returns>
    public FaultRule WeakEtag() => ChangeEtags(static etag => "W/" + etag);

    /// <summary>Takes the etags' quotes away.</summary>
    /// <returns>This rule.</returns>
    public FaultRule UnquotedEtag() => ChangeEtags(static etag => etag.Trim('"'));

    /// <summary>Sets the etags, where there are any.</summary>
    /// <param name="value">The value, with its quotes.</param>
    /// <returns>This rule.</returns>
    public FaultRule SetEtag(string value) => ChangeEtags(_ => value);

    /// <summary>Leaves the etags out.</summary>
    /// <returns>This rule.</returns>
    public FaultRule WithoutEtag() => WithoutHeader("ETag").WithoutHeader("X-Linked-Etag");

    /// <summary>Leaves the commit out.</summary>
    /// <returns>This rule.</returns>
    public FaultRule WithoutCommit() => WithoutHeader("X-Repo-Commit");

    /// <summary>Leaves a header out.</summary>
    /// <param name="name">Which.</param>
    /// <returns>This rule.</returns>
    public FaultRule WithoutHeader(string name) => Change(reply => reply.Without(name));

    /// <summary>Sets a header.</summary>
    /// <param name="name">Which.</param>
    /// <param name="value">Its value.</param>
    /// <returns>This rule.</returns>
    public FaultRule WithHeader(string name, string value) => Change(reply => reply.With(name, value));

    /// <summary>Names the page itself as the next one.</summary>
    /// <returns>This rule.</returns>
    public FaultRule RepeatNextLink() => Change(static (request, reply) => reply.With("Link", $"<{request.Context.Request.Scheme}://{request.Context.Request.Host}{request.RawTarget}>; rel=\"next\""));

    /// <summary>Names a URL as the next page.</summary>
    /// <param name="url">The URL.</param>
    /// <returns>This rule.</returns>
    public FaultRule NextLink(string url) => WithHeader("Link", $"<{url}>; rel=\"next\"");

    /// <summary>Adds an entry to a listing, as the server would not write it.</summary>
    /// <param name="json">The entry.</param>
    /// <returns>This rule.</returns>
    public FaultRule AddTreeEntry(string json) => Change(reply =>
    {
        var entries = JsonNode.Parse(reply.Body.ToArray())!.AsArray();
        entries.Add(JsonNode.Parse(json));
        return reply.WithBody(HostedContent.Of(entries.ToJsonString()));
    });

    internal void Prepare(ReceivedRequest request)
    {
        request.Fault = this;
        _hiddenHeaders.ForEach(request.HideHeader);
    }

    internal Reply Apply(ReceivedRequest request, Reply reply) => _changes.Aggregate(reply, (current, change) => change(request, current));

    private static Reply Limited() => Refusal.Of(429, "We had to rate limit you, you hit the quota of 500 api requests per 5 minutes period.").With("X-Request-Id", RequestId);

    private FaultRule ChangeEtags(Func<string, string> change) => Change(reply =>
    {
        foreach (var name in new[] { "ETag", "X-Linked-Etag" })
        {
            reply = reply.Header(name) is { } etag ? reply.With(name, change(etag)) : reply;
        }

        return reply;
    });
}
