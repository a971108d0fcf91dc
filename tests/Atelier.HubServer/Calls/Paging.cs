using System.Text;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>Cuts listings into pages that are linked by <c>Link</c>.</summary>
internal static class Paging
{
    private const string CursorPrefix = "after=";

    /// <summary>The page that the request asks for. Its link claims the hub's origin, and shares the header with another one.</summary>
    public static Reply Page(HubServer server, ReceivedRequest request, IReadOnlyList<JsonNode> entries, int size)
    {
        var start = 0;
        if (request.Query("cursor") is { } cursor && !TryRead(cursor, out start))
        {
            return Refusal.Of(400, "Invalid cursor");
        }

        if (int.TryParse(request.Query("limit"), out var limit) && limit > 0)
        {
            size = Math.Min(size, limit);
        }

        var reply = Reply.Json(new JsonArray([.. entries.Skip(start).Take(size)]));
        if (start + size >= entries.Count)
        {
            return reply;
        }

        var first = $"{server.ClaimedEndpoint}{request.RawPath}?{QueryWithoutCursor(request)}";
        var next = $"{first}cursor={Uri.EscapeDataString(Convert.ToBase64String(Encoding.ASCII.GetBytes($"{CursorPrefix}{start + size}")))}";
        return reply.With("Link", $"<{first.TrimEnd('&', '?')}>; rel=\"first\", <{next}>; rel=\"next\"");
    }

    private static string QueryWithoutCursor(ReceivedRequest request) =>
        string.Concat(request.RawQuery.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(static pair => !pair.StartsWith("cursor=", StringComparison.Ordinal)).Select(static pair => pair + "&"));

    private static bool TryRead(string cursor, out int start)
    {
        start = 0;
        var bytes = new byte[cursor.Length];
        return Convert.TryFromBase64String(cursor, bytes, out var count)
            && Encoding.ASCII.GetString(bytes, 0, count) is { } text
            && text.StartsWith(CursorPrefix, StringComparison.Ordinal)
            && int.TryParse(text[CursorPrefix.Length..], out start)
            && start > 0;
    }
}
