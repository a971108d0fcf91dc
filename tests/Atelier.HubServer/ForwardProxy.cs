using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Atelier.Testing;

/// <summary>A small forward proxy on this machine, the value for <c>HTTP_PROXY</c> and <c>HTTPS_PROXY</c>. It forwards plain HTTP, and makes tunnels for the rest.</summary>
public sealed class ForwardProxy : IAsyncDisposable
{
    private static readonly HashSet<string> HopHeaders = new(StringComparer.OrdinalIgnoreCase) { "Connection", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade" };

    private readonly ConcurrentQueue<ForwardedRequest> _requests = new();
    private readonly ConcurrentDictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly WebApplication _application;

    private ForwardProxy()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var tunnel = new ProxyTunnel(Admit, authority => _origins.TryGetValue($"https://{authority}", out var target) ? new Uri(target).Authority : authority);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => tunnel.HandleAsync(connection, next));
            });
        });
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    /// <summary>The proxy's address: <c>http://127.0.0.1:port</c>.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What a client must send as <c>user:password</c>; anything else is answered with 407. Null lets everybody pass.</summary>
    public string? Credentials { get; set; }

    /// <summary>What came through, or tried to.</summary>
    public IReadOnlyList<ForwardedRequest> Requests => [.. _requests];

    /// <summary>Starts a proxy on a free port.</summary>
    /// <returns>The running proxy.</returns>
    public static async Task<ForwardProxy> StartAsync()
    {
        var proxy = new ForwardProxy();
        await proxy._application.StartAsync();
        proxy.Address = proxy._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return proxy;
    }

    /// <summary>Forwards an origin to another one, so that a test may use names that do not exist.</summary>
    /// <param name="origin">The origin that clients ask for, as <c>http://hub.test</c>, or <c>https://hub.test:443</c> for tunnels.</param>
    /// <param name="target">The origin that answers.</param>
    public void Map(string origin, string target) => _origins[origin] = target;

    /// <summary>Stops the proxy.</summary>
    /// <returns>A task that ends when it is stopped.</returns>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var request = new ForwardedRequest(context.Request.Method, target, context.Request.Headers["Proxy-Authorization"].FirstOrDefault());
        var status = Admit(request);
        context.Response.OnStarting(() =>
        {
            request.Status = context.Response.StatusCode;
            return Task.CompletedTask;
        });
        if (status == 407)
        {
            context.Response.Headers.Append("Proxy-Authenticate", "Basic realm=\"proxy\"");
            context.Response.StatusCode = status;
        }
        else if (!target.StartsWith("http://", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 501;
        }
        else
        {
            await ForwardAsync(context, target);
        }
    }

    private int Admit(ForwardedRequest request)
    {
        _requests.Enqueue(request);
        return Credentials is null || request.ProxyAuthorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials)) ? 200 : 407;
    }

    private async Task ForwardAsync(HttpContext context, string target)
    {
        var pathStart = target.IndexOf('/', "http://".Length);
        var origin = pathStart < 0 ? target : target[..pathStart];
        var url = _origins.GetValueOrDefault(origin, origin) + (pathStart < 0 ? "/" : target[pathStart..]);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (context.Request.ContentLength is > 0 || context.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (var header in context.Request.Headers.Where(static header => !HopHeaders.Contains(header.Key) && header.Key != "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value))
            {
                request.Content?.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
            }
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var header in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Where(static header => !HopHeaders.Contains(header.Key)))
            {
                context.Response.Headers.Append(header.Key, header.Value.ToArray());
            }

            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (HttpRequestException) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = 502;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            context.Abort();
        }
    }
}
