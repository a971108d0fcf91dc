using System.Buffers;
using System.Net;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>
/// Sends a slice of a file. Its length is known, so that it is not sent in chunks, which storage refuses; it has no type; and it reads the file anew each time it is sent, so that a repeated part is whole.
/// </summary>
internal sealed class SliceContent(UploadSource source, long start, long byteCount, SilenceTimer timer, FileProgress progress) : HttpContent
{
    private const int BufferSize = 131_072;

    private long _sent;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        progress.Add(-_sent);
        _sent = 0;
        using var reader = source.Open();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (_sent < byteCount)
            {
                var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, byteCount - _sent));
                await reader.ReadAsync(start + _sent, part, cancellationToken).ConfigureAwait(false);
                if (_sent + part.Length == byteCount)
                {
                    // Before the last bytes leave: a request that breaks off changes nothing on the server.
                    reader.Check();
                }

                await stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                timer.Restart();
                _sent += part.Length;
                progress.Add(part.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = byteCount;
        return true;
    }
}
