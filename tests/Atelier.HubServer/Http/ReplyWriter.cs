using Microsoft.AspNetCore.Http;

namespace Atelier.Testing;

/// <summary>Writes an answer through the web server, as slowly as a fault wants it.</summary>
internal sealed class ReplyWriter(ReceivedRequest request, Transmission transmission, CancellationToken stopping)
{
    private readonly HttpContext _context = request.Context;

    public async Task WriteAsync(Reply reply)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted, stopping);
        var response = _context.Response;
        response.StatusCode = reply.Status;
        foreach (var header in reply.Headers)
        {
            response.Headers.Append(header.Key, header.Value);
        }

        var hasBody = reply.Status is not (204 or 304) && request.Method != "HEAD";
        if (!reply.IsChunked && reply.Status is not (204 or 304))
        {
            response.ContentLength = reply.AnnouncedLength ?? reply.Body.Length;
        }

        request.Status = reply.Status;
        if (hasBody)
        {
            request.CountSent(0, reply.Body.Length);

            // The head goes out now: a fault may be silent after it.
            await response.StartAsync(ended.Token);
            await response.BodyWriter.FlushAsync(ended.Token);
            await transmission.SendAsync(reply.Body, SendAsync, ended.Token);
        }

        async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            request.CountSent(bytes.Length, reply.Body.Length);
            await response.BodyWriter.WriteAsync(bytes, ended.Token);
            ended.Token.ThrowIfCancellationRequested();
        }
    }
}
