using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Atelier.Testing;

/// <summary>Answers <c>CONNECT</c> below HTTP, as what follows it is no HTTP to the proxy; every other connection is left to the web server.</summary>
/// <param name="admit">Takes down a request and gives the status that it is answered with, 200 for a tunnel.</param>
/// <param name="resolve">Gives the host and port that answer for those that were asked for.</param>
internal sealed class ProxyTunnel(Func<ForwardedRequest, int> admit, Func<string, string> resolve)
{
    private static readonly byte[] Method = "CONNECT "u8.ToArray();
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    public async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var input = connection.Transport.Input;
        var start = await input.ReadAtLeastAsync(Method.Length);
        var isTunnel = start.Buffer.Length >= Method.Length && start.Buffer.Slice(0, Method.Length).ToArray().AsSpan().SequenceEqual(Method);
        input.AdvanceTo(start.Buffer.Start);
        if (!isTunnel)
        {
            await next(connection);
            return;
        }

        if (await ReadHeadAsync(input) is { } head)
        {
            await AnswerAsync(connection, Parse(head));
        }
    }

    // Null where the connection ended first.
    private static async Task<string?> ReadHeadAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync();
            var reader = new SequenceReader<byte>(read.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> head, HeadEnd))
            {
                var text = Encoding.ASCII.GetString(head);
                input.AdvanceTo(reader.Position);
                return text;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    private static ForwardedRequest Parse(string head)
    {
        const string Authorization = "Proxy-Authorization:";
        var lines = head.Split("\r\n");
        var authorization = lines.FirstOrDefault(line => line.StartsWith(Authorization, StringComparison.OrdinalIgnoreCase));
        return new ForwardedRequest("CONNECT", lines[0].Split(' ')[1], authorization?[Authorization.Length..].Trim());
    }

    private async Task AnswerAsync(ConnectionContext connection, ForwardedRequest request)
    {
        using var socket = new TcpClient();
        request.Status = admit(request);
        if (request.Status == 200)
        {
            try
            {
                var target = resolve(request.Target);
                var colon = target.LastIndexOf(':');
                await socket.ConnectAsync(target[..colon], int.Parse(target[(colon + 1)..], CultureInfo.InvariantCulture), connection.ConnectionClosed);
            }
            catch (SocketException)
            {
                request.Status = 502;
            }
        }

        var output = connection.Transport.Output;
        var rest = request.Status switch
        {
            200 => "Connection established\r\n\r\n",
            407 => "Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            _ => "Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        };
        await output.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {request.Status} {rest}")));
        if (request.Status == 200)
        {
            var stream = socket.GetStream();
            await Task.WhenAny(connection.Transport.Input.CopyToAsync(stream), stream.CopyToAsync(output));
        }
    }
}
