using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>An answer before it is written, which a fault may still change.</summary>
/// <param name="Status">The status.</param>
public sealed record Reply(int Status)
{
    /// <summary>The headers, in order, without those of the framing.</summary>
    public ImmutableList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body.</summary>
    public HostedContent Body { get; init; } = HostedContent.Of("");

    /// <summary>True when the body is sent in chunks, without its length.</summary>
    public bool IsChunked { get; init; }

    /// <summary>The length that is announced, where it is not the body's.</summary>
    public long? AnnouncedLength { get; init; }

    /// <summary>An answer with a body in JSON.</summary>
    /// <param name="json">The body.</param>
    /// <param name="status">The status.</param>
    /// <returns>The answer.</returns>
    public static Reply Json(JsonNode json, int status = 200) => Text(json.ToJsonString(), "application/json; charset=utf-8", status);

    /// <summary>An answer with a text as body.</summary>
    /// <param name="text">The text.</param>
    /// <param name="contentType">Its type.</param>
    /// <param name="status">The status.</param>
    /// <returns>The answer.</returns>
    public static Reply Text(string text, string contentType = "text/plain; charset=utf-8", int status = 200) =>
        new Reply(status) { Body = HostedContent.Of(text) }.With("Content-Type", contentType);

    /// <summary>A header's value.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <returns>The first value, or null.</returns>
    public string? Header(string name) => Headers.Find(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The same answer with a header set, in place of any of that name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <returns>The answer.</returns>
    public Reply With(string name, string value) => Without(name).Plus(name, value);

    /// <summary>The same answer with a header more.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <returns>The answer.</returns>
    public Reply Plus(string name, string value) => this with { Headers = Headers.Add(KeyValuePair.Create(name, value)) };

    /// <summary>The same answer without a header.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <returns>The answer.</returns>
    public Reply Without(string name) => this with { Headers = Headers.RemoveAll(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) };

    /// <summary>The same answer with another body.</summary>
    /// <param name="body">The body.</param>
    /// <returns>The answer.</returns>
    public Reply WithBody(HostedContent body) => this with { Body = body };
}
