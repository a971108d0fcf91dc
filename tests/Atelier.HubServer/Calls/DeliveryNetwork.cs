using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Atelier.Testing;

/// <summary>The delivery network: LFS files by signed URLs, on the storage's origin.</summary>
internal sealed class DeliveryNetwork(HubServer server, SignedUrls urls)
{
    /// <summary>The parameter of a signed URL that says which file it is, for faults.</summary>
    public const string FileParameter = "file";

    /// <summary>The first segment of its paths.</summary>
    public const string Root = "xet-bridge-us";

    private readonly ConcurrentDictionary<string, HostedFile> _files = new(StringComparer.Ordinal);

    /// <summary>Makes a file's signed URL.</summary>
    public string Publish(HostedFile file)
    {
        _files[file.Id] = file;
        var isPlain = server.Options.SignedUrlStyle == SignedUrlStyle.Plain;
        var dots = server.Options.SignedUrlStyle == SignedUrlStyle.EncodedWithDotSegment ? "/." : "";
        var path = $"/{Root}{dots}/{(isPlain ? "B" : "%42")}ucket/{file.Id}";
        var name = Uri.EscapeDataString(file.Path.Split('/')[^1]);
        var disposition = isPlain ? $"inline%3B+filename%3D%22{name}%22%3B" : $"inline%3b+filename*%3dUTF-8%27%27{name}%3B+%66ilename%3D%22{name}%22%3B";
        return urls.Sign("GET", server.StorageOrigin, path, $"response-content-disposition={disposition}&{FileParameter}={Uri.EscapeDataString(file.Path)}");
    }

    public Reply Answer(ReceivedRequest request)
    {
        if (urls.Check(request, "GET") is { } refusal)
        {
            return refusal;
        }

        if (request.Method is not ("GET" or "HEAD") || !_files.TryGetValue(request.Segments[^1], out var file))
        {
            return Refusal.Storage(404, "NoSuchKey", "The specified key does not exist.");
        }

        // An etag of its own, which looks like the file's id and is another value.
        var etag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("network " + file.Id)))}\"";
        var reply = RangeReply.Of(request, file.Content, etag).With("Content-Type", "binary/octet-stream").With("X-Cache", "Miss from cloudfront");
        var compresses = server.Options.CompressesTexts && Path.GetExtension(file.Path) is ".json" or ".txt" or ".csv" or ".md";
        return compresses && request.Header("Accept-Encoding")?.Contains("gzip", StringComparison.Ordinal) == true ? Compression.Apply(reply, file.Content) : reply;
    }
}
