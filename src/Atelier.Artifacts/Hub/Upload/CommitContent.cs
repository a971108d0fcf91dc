using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Sends a commit: one line of JSON for the message and for each path. Small files are read and encoded as they are sent, so that they need no memory.</summary>
internal sealed class CommitContent : HttpContent
{
    // A multiple of three, so that no piece but the last ends in padding.
    private const int BufferSize = 98_304;

    private readonly IReadOnlyList<Line> _lines;
    private readonly SilenceTimer _timer;

    /// <summary>Creates the body.</summary>
    /// <param name="header">The first line.</param>
    /// <param name="items">The paths that the commit adds or changes.</param>
    /// <param name="timer">Hears that something was sent.</param>
    public CommitContent(object header, IReadOnlyList<UploadItem> items, SilenceTimer timer)
    {
        _timer = timer;
        _lines = [Whole(new { key = "header", value = header }), .. items.Select(LineOf)];
        Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var line in _lines)
        {
            await stream.WriteAsync(line.Start, cancellationToken).ConfigureAwait(false);
            if (line.Item is not null)
            {
                await WriteAsync(stream, line.Item, cancellationToken).ConfigureAwait(false);
            }

            await stream.WriteAsync(line.End, cancellationToken).ConfigureAwait(false);
            _timer.Restart();
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _lines.Sum(line => line.Start.Length + line.End.Length + (line.Item is null ? 0 : (line.Item.Source.ByteCount + 2) / 3 * 4));
        return true;
    }

    private static Line Whole(object value) => new([.. JsonSerializer.SerializeToUtf8Bytes(value), (byte)'\n'], null, []);

    private static Line LineOf(UploadItem item)
    {
        if (item.IsLarge)
        {
            return Whole(new { key = "lfsFile", value = new { path = item.Path, algo = "sha256", oid = item.ContentId, size = item.Source.ByteCount } });
        }

        var path = JsonSerializer.Serialize(item.Path);
        return new Line(Encoding.UTF8.GetBytes($"{{\"key\":\"file\",\"value\":{{\"path\":{path},\"encoding\":\"base64\",\"content\":\""), item, "\"}}\n"u8.ToArray());
    }

    // The hub does not know what a small file should be: what differs from what was hashed must not leave.
    private async Task WriteAsync(Stream stream, UploadItem item, CancellationToken cancellation)
    {
        using var reader = item.Source.Open();
        using var hash = new ContentHash(item.ContentId, item.Source.ByteCount);
        var plain = ArrayPool<byte>.Shared.Rent(BufferSize);
        var encoded = ArrayPool<byte>.Shared.Rent(BufferSize / 3 * 4);
        try
        {
            for (long offset = 0; offset < item.Source.ByteCount;)
            {
                var part = plain.AsMemory(0, (int)Math.Min(BufferSize, item.Source.ByteCount - offset));
                await reader.ReadAsync(offset, part, cancellation).ConfigureAwait(false);
                hash.Append(part.Span);
                offset += part.Length;
                Base64.EncodeToUtf8(part.Span, encoded, out _, out var count);
                await stream.WriteAsync(encoded.AsMemory(0, count), cancellation).ConfigureAwait(false);
                _timer.Restart();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
            ArrayPool<byte>.Shared.Return(encoded);
        }

        reader.Check();
        if (hash.Finish() != item.ContentId)
        {
            throw reader.HasChanged();
        }
    }

    private sealed record Line(byte[] Start, UploadItem? Item, byte[] End);
}
