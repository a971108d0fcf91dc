using System.Security.Cryptography;

namespace Atelier.Testing;

/// <summary>Receives bodies: small ones into memory, large ones into a temporary folder that is deleted at the end.</summary>
internal sealed class UploadSpool : IDisposable
{
    private const long MemoryLimit = 4 * 1024 * 1024;

    private readonly Lazy<string> _folder = new(static () => Directory.CreateTempSubdirectory("atelier-hub-").FullName);
    private int _number;

    public void Dispose()
    {
        if (_folder.IsValueCreated)
        {
            Directory.Delete(_folder.Value, recursive: true);
        }
    }

    /// <summary>Receives a request's body of a known length.</summary>
    /// <returns>The content, and its MD5, which is the storage's etag.</returns>
    public async Task<(HostedContent Content, string Md5)> ReceiveAsync(ReceivedRequest request, long length, bool isDropped)
    {
        var path = isDropped || length <= MemoryLimit ? null : Path.Combine(_folder.Value, $"{Interlocked.Increment(ref _number)}");
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var target = isDropped ? Stream.Null : path is null ? new MemoryStream() : File.Create(path);
        var buffer = new byte[256 * 1024];
        while (await request.Context.Request.Body.ReadAsync(buffer, request.Context.RequestAborted) is var count and > 0)
        {
            md5.AppendData(buffer, 0, count);
            if (isDropped)
            {
                sha256.AppendData(buffer, 0, count);
            }

            await target.WriteAsync(buffer.AsMemory(0, count));
            request.BytesReceived += count;
        }

        await target.FlushAsync();
        HostedContent content = isDropped ? new DroppedContent(length, Convert.ToHexStringLower(sha256.GetHashAndReset()))
            : path is null ? HostedContent.Of(((MemoryStream)target).ToArray())
            : HostedContent.OfFile(path);
        return (content, Convert.ToHexStringLower(md5.GetHashAndReset()));
    }
}
