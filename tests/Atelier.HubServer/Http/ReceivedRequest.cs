using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Atelier.Testing;

/// <summary>One request as the server saw it, and what became of it.</summary>
public sealed class ReceivedRequest
{
    private const int BodyLimit = 256 * 1024 * 1024;

    private readonly List<KeyValuePair<string, string>> _headers;
    private readonly HashSet<string> _hiddenHeaders = new(StringComparer.OrdinalIgnoreCase);
    private readonly int _queryStart;
    private byte[]? _body;

    internal ReceivedRequest(HttpContext context, HubOrigin origin, long number)
    {
        Context = context;
        Origin = origin;
        Number = number;
        Method = context.Request.Method;
        RawTarget = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        ConnectionId = context.Connection.Id;
        _headers = [.. context.Request.Headers.SelectMany(static header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? "")))];
        _queryStart = RawTarget.IndexOf('?', StringComparison.Ordinal);
        RawPath = _queryStart < 0 ? RawTarget : RawTarget[.._queryStart];
        Segments = [.. RawPath.TrimStart('/').Split('/').Select(Uri.UnescapeDataString)];
    }

    /// <summary>The position in the log, from 1.</summary>
    public long Number { get; }

    /// <summary>The origin that was asked.</summary>
    public HubOrigin Origin { get; }

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>Path and query exactly as sent.</summary>
    public string RawTarget { get; }

    /// <summary>The path exactly as sent.</summary>
    public string RawPath { get; }

    /// <summary>The query exactly as sent, with its question mark; empty without one.</summary>
    public string RawQuery => _queryStart < 0 ? "" : RawTarget[_queryStart..];

    /// <summary>The path's segments, each decoded.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>The headers, in the order and with the names that were sent.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    /// <summary>The <c>Authorization</c> header, or null.</summary>
    public string? Authorization => Header("Authorization");

    /// <summary>Which connection it came by; requests that share one share this.</summary>
    public string ConnectionId { get; }

    /// <summary>The body as text, for calls of the API; null for uploads to storage, which are not kept here.</summary>
    public string? Body => _body is null ? null : System.Text.Encoding.UTF8.GetString(_body);

    /// <summary>How many bytes of the request's body were read.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>The status that was answered; 0 when no answer was sent.</summary>
    public int Status { get; internal set; }

    /// <summary>How many bytes of the answer's body were sent.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>The fault that was injected, or null.</summary>
    public FaultRule? Fault { get; internal set; }

    /// <summary>True when the answer has ended, or the connection.</summary>
    public bool IsFinished => Finished is not null;

    internal HttpContext Context { get; }

    internal long Started { get; } = System.Diagnostics.Stopwatch.GetTimestamp();

    internal long? Finished { get; set; }

    /// <summary>A header's value; several are joined with commas.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <returns>The value, or null.</returns>
    public string? Header(string name)
    {
        var values = _headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static header => header.Value).ToList();
        return values.Count == 0 || _hiddenHeaders.Contains(name) ? null : string.Join(", ", values);
    }

    /// <summary>A parameter of the query, decoded.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The first value, or null.</returns>
    public string? Query(string name)
    {
        foreach (var pair in RawQuery.TrimStart('?').Split('&'))
        {
            var parts = pair.Split('=', 2);
            if (parts.Length == 2 && Uri.UnescapeDataString(parts[0]) == name)
            {
                return Uri.UnescapeDataString(parts[1].Replace('+', ' '));
            }
        }

        return null;
    }

    /// <summary>True for <c>1</c> or <c>true</c> as a parameter of the query.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The parameter.</returns>
    public bool Flag(string name) => Query(name) is "1" or "true" or "True";

    /// <summary>Method, target, status and size, for messages of failed assertions.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => $"{Number} {Origin} {Method} {RawTarget} -> {Status}, {BytesSent} bytes{(Fault is null ? "" : $" ({Fault})")}";

    // Before the bytes go out: a client that has them all may look at the log, or send its next request, at once.
    internal void CountSent(int count, long total)
    {
        BytesSent += count;
        if (BytesSent >= total)
        {
            Finished ??= System.Diagnostics.Stopwatch.GetTimestamp();
        }
    }

    internal void HideHeader(string name) => _hiddenHeaders.Add(name);

    internal async Task<byte[]> ReadBodyAsync()
    {
        if (_body is null)
        {
            using var buffer = new MemoryStream();
            await Context.Request.Body.CopyToAsync(buffer, Context.RequestAborted);
            BytesReceived = buffer.Length;
            _body = buffer.Length > BodyLimit ? [] : buffer.ToArray();
        }

        return _body;
    }

    /// <summary>Reads the body and drops it, up to a number of bytes: who fails an upload has usually read it.</summary>
    internal async Task DrainAsync(long limit)
    {
        var buffer = new byte[64 * 1024];
        while (BytesReceived < limit)
        {
            var count = await Context.Request.Body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit - BytesReceived)));
            if (count == 0)
            {
                return;
            }

            BytesReceived += count;
        }
    }

    internal async Task<JsonObject?> ReadJsonAsync()
    {
        try
        {
            return JsonNode.Parse(await ReadBodyAsync()) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
