using System.IO.Compression;

namespace Atelier.Testing;

/// <summary>What a delivery network does to texts.</summary>
internal static class Compression
{
    /// <summary>Compresses content.</summary>
    public static HostedContent Gzip(HostedContent content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(content.ToArray());
        }

        return HostedContent.Of(compressed.ToArray());
    }

    /// <summary>The answer as a network that compresses gives it: no length, a weak etag, and of the range no trace.</summary>
    public static Reply Apply(Reply reply, HostedContent whole)
    {
        var etag = reply.Header("ETag");
        var answer = reply.Without("Content-Range").Without("Accept-Ranges").With("Content-Encoding", "gzip") with { Status = 200, Body = Gzip(whole), IsChunked = true };
        return etag is null || etag.StartsWith("W/", StringComparison.Ordinal) ? answer : answer.With("ETag", "W/" + etag);
    }
}
