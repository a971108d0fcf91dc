using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Atelier.Testing;

/// <summary>
/// The socket under a request. Faults write to it themselves: a web server does not let an answer break its own framing,
/// and does not promise how it ends a connection.
/// </summary>
internal sealed class RawConnection(ReceivedRequest request, CancellationToken stopping)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Over TLS the socket's bytes are not ours to write.
    private readonly Socket? _socket = request.Context.Request.IsHttps ? null : request.Context.Features.Get<IConnectionSocketFeature>()?.Socket;

    /// <summary>Sends an answer up to a number of its body's bytes; more than the announced length is sent as well.</summary>
    public async Task SendAsync(Reply reply, long bodyLength, Transmission transmission)
    {
        if (_socket is null)
        {
            return;
        }

        request.Status = reply.Status;
        await SendAllAsync(Encoding.UTF8.GetBytes(Head(reply)));
        var part = new SlicedContent(reply.Body, 0, Math.Min(bodyLength, reply.Body.Length));
        if (request.Method != "HEAD")
        {
            await transmission.SendAsync(part, SendPieceAsync, stopping);
        }

        async ValueTask SendPieceAsync(ReadOnlyMemory<byte> piece)
        {
            var chunkHead = reply.IsChunked ? $"{piece.Length:x}\r\n" : "";
            await SendAllAsync(Encoding.ASCII.GetBytes(chunkHead));
            request.CountSent(piece.Length, part.Length);
            await SendAllAsync(piece);
            await SendAllAsync(Encoding.ASCII.GetBytes(reply.IsChunked ? "\r\n" : ""));
        }
    }

    /// <summary>Ends the connection with a TCP reset, after what was sent has arrived.</summary>
    public async Task ResetAsync()
    {
        request.Finished = System.Diagnostics.Stopwatch.GetTimestamp();
        if (_socket is not null)
        {
            await WaitForDeliveryAsync(_socket);
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
            _socket.Close();
        }

        request.Context.Abort();
    }

    /// <summary>Ends the connection as if the answer were complete.</summary>
    public async Task CloseAsync()
    {
        request.Finished = System.Diagnostics.Stopwatch.GetTimestamp();
        if (_socket is not null)
        {
            _socket.Shutdown(SocketShutdown.Send);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(request.Context.RequestAborted, stopping);
            await Task.Delay(Patience, limit.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        request.Context.Abort();
    }

    // A reset throws away what the kernel has not sent yet. TCP_INFO (Linux) tells when the other side has everything.
    private static async Task WaitForDeliveryAsync(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            await Task.Delay(50);
            return;
        }

        const int tcpLevel = 6, tcpInfo = 11, unackedOffset = 24, notSentOffset = 144;
        var info = new byte[256];
        for (var i = 0; i < 200; i++)
        {
            var length = socket.GetRawSocketOption(tcpLevel, tcpInfo, info);
            if (BitConverter.ToInt32(info, unackedOffset) == 0 && (length < notSentOffset + sizeof(int) || BitConverter.ToInt32(info, notSentOffset) == 0))
            {
                return;
            }

            await Task.Delay(5);
        }
    }

    private static string Head(Reply reply)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} {ReasonPhrases.GetReasonPhrase(reply.Status)}\r\n");
        foreach (var header in reply.Headers)
        {
            head.Append(header.Key).Append(": ").Append(header.Value).Append("\r\n");
        }

        var framing = reply.IsChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {reply.AnnouncedLength ?? reply.Body.Length}";
        return head.Append(framing).Append("\r\n\r\n").ToString();
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket!.SendAsync(bytes, SocketFlags.None, stopping)..];
        }
    }
}
