using System.Globalization;

namespace Atelier.Testing;

/// <summary>Answers ranges: 206 with a part, 416 beyond the end, 200 for the rest.</summary>
internal static class RangeReply
{
    /// <summary>The answer of a file's content, whole or the part that <c>Range</c> asks for.</summary>
    public static Reply Of(ReceivedRequest request, HostedContent content, string etag)
    {
        var reply = new Reply(200) { Body = content }.With("ETag", etag).With("Accept-Ranges", "bytes");
        var range = request.Header("Range");
        if (range is null || (request.Header("If-Range") is { } condition && condition != etag) || !TryParse(range, content.Length, out var start, out var end))
        {
            return reply;
        }

        if (start >= content.Length || end < start)
        {
            return new Reply(416).With("Content-Range", $"bytes */{content.Length}");
        }

        return (reply with { Status = 206, Body = new SlicedContent(content, start, end - start + 1) }).With("Content-Range", $"bytes {start}-{end}/{content.Length}");
    }

    // Several ranges and other units are ignored, as a server may.
    private static bool TryParse(string range, long length, out long start, out long end)
    {
        (start, end) = (0, length - 1);
        var bounds = range.StartsWith("bytes=", StringComparison.Ordinal) ? range["bytes=".Length..].Split('-') : [];
        if (bounds.Length != 2 || (bounds[0].Length == 0 && bounds[1].Length == 0))
        {
            return false;
        }

        if (bounds[0].Length == 0)
        {
            var isSuffix = long.TryParse(bounds[1], NumberStyles.None, CultureInfo.InvariantCulture, out var suffix);
            start = suffix == 0 ? length : Math.Max(0, length - suffix);
            return isSuffix;
        }

        var isValid = long.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out start);
        if (bounds[1].Length > 0)
        {
            isValid &= long.TryParse(bounds[1], NumberStyles.None, CultureInfo.InvariantCulture, out end) && end >= start;
            end = Math.Min(end, length - 1);
        }

        return isValid;
    }
}
