using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Atelier.Testing;

/// <summary>
/// A double of the Hugging Face hub on this machine, for tests: the hub itself on one port, its delivery network and its storage on another.
/// It judges the client (<see cref="Violations"/>), remembers every request (<see cref="Requests"/>), and fails when told to (<see cref="Faults"/>).
/// </summary>
/// <example>
/// <code>
/// await using var hub = await HubServer.StartAsync();
/// var model = hub.AddModel("ns/name", files => files.Add("config.json", "{}").AddVirtual("model.safetensors", 1_000_000));
/// hub.AddUser("alice", "hf_alice");
/// hub.Faults.Add(FaultRule.OnContent("model.safetensors").ResetAfter(1000).Times(2));
/// </code>
/// </example>
public sealed partial class HubServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<Violation> _violations = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _application;
    private readonly HubRouter _hub;
    private readonly StorageRouter _storage;
    private int _endpointPort;
    private bool _isDisposed;

    private HubServer(HubServerOptions options)
    {
        Options = options;
        var urls = new SignedUrls(this);
        Network = new DeliveryNetwork(this, urls);
        Uploads = new UploadStorage(this, urls);
        var access = new Access(this);
        var lfs = new LfsCalls(this, access);
        _hub = new HubRouter(this, access, lfs);
        _storage = new StorageRouter(this, lfs);
        var certificate = options.UsesHttps ? ServerCertificate.Make() : null;
        CertificatePem = certificate?.ExportCertificatePem();
        _application = Build(certificate);
        _application.Run(HandleAsync);
    }

    /// <summary>The hub's origin, the value for <c>HF_ENDPOINT</c>: <c>http://127.0.0.1:port</c>.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>The origin of delivery network and storage.</summary>
    public string StorageOrigin { get; private set; } = "";

    /// <summary>With HTTPS: the server's certificate, for a file that <c>SSL_CERT_FILE</c> names; null without.</summary>
    public string? CertificatePem { get; }

    /// <summary>How the server behaves.</summary>
    public HubServerOptions Options { get; }

    /// <summary>The server's time.</summary>
    public HubClock Clock { get; } = new();

    /// <summary>The faults to inject.</summary>
    public FaultList Faults { get; } = new();

    /// <summary>All requests so far.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>What the client did and must not do. Of a correct client the list is empty.</summary>
    public IReadOnlyList<Violation> Violations => [.. _violations];

    /// <summary>The origin that bodies and links claim.</summary>
    internal string ClaimedEndpoint => Options.ClaimedOrigin ?? Endpoint;

    internal DeliveryNetwork Network { get; }

    internal UploadStorage Uploads { get; }

    /// <summary>Starts a server on free ports.</summary>
    /// <param name="options">How it behaves; null for the defaults.</param>
    /// <returns>The running server.</returns>
    public static async Task<HubServer> StartAsync(HubServerOptions? options = null)
    {
        var server = new HubServer(options ?? new HubServerOptions());
        await server._application.StartAsync();
        var addresses = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static address => new Uri(address)).ToList();
        server._endpointPort = addresses[0].Port;
        server.Endpoint = $"{addresses[0].Scheme}://127.0.0.1:{addresses[0].Port}";
        server.StorageOrigin = $"{addresses[1].Scheme}://127.0.0.1:{addresses[1].Port}";
        return server;
    }

    /// <summary>Stops the server; answers in progress are cut off.</summary>
    /// <returns>A task that ends when it is stopped.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stopping.CancelAsync();
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
        Uploads.Dispose();
        _stopping.Dispose();
    }

    internal void Report(ViolationKind kind, ReceivedRequest request, string detail) => _violations.Enqueue(new Violation(kind, request, detail));

    private static WebApplication Build(X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.Zero);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxResponseBufferSize = 1024 * 1024;
            kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.UTF8;
            for (var i = 0; i < 2; i++)
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    if (certificate is not null)
                    {
                        listen.UseHttps(certificate);
                    }
                });
            }
        });
        return builder.Build();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var origin = context.Connection.LocalPort == _endpointPort ? HubOrigin.Endpoint : HubOrigin.Storage;
        var request = Requests.Add(context, origin);
        try
        {
            await AnswerAsync(request, Faults.Take(request));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or Microsoft.AspNetCore.Connections.ConnectionAbortedException)
        {
            // The client has gone, or the server stops: there is nobody to tell.
            context.Abort();
        }
        finally
        {
            request.Finished ??= System.Diagnostics.Stopwatch.GetTimestamp();
        }
    }

    private async Task AnswerAsync(ReceivedRequest request, FaultRule? fault)
    {
        fault?.Prepare(request);
        var connection = new RawConnection(request, _stopping.Token);
        if (fault is { IsCarriedOut: false })
        {
            await request.DrainAsync(fault.CutWhileReading ?? 0);
            if (fault.Delay is { } silence)
            {
                await WaitAsync(silence, request);
            }

            await connection.ResetAsync();
            return;
        }

        fault?.BeforeAction?.Invoke(request);
        Judge(request);
        var reply = await MakeReplyAsync(request, fault);
        fault?.AfterAction?.Invoke(request);
        reply = fault?.Apply(request, reply) ?? reply;
        if (fault?.Delay is { } delay)
        {
            await WaitAsync(delay, request);
        }

        if (fault is null or { Ending: FaultEnding.None })
        {
            await new ReplyWriter(request, fault?.Transmission ?? Transmission.Normal, _stopping.Token).WriteAsync(reply);
            return;
        }

        if (fault.CutAfter is { } bodyLength)
        {
            await connection.SendAsync(reply, bodyLength, fault.Transmission);
        }

        await (fault.Ending == FaultEnding.Reset ? connection.ResetAsync() : connection.CloseAsync());
    }

    private async Task<Reply> MakeReplyAsync(ReceivedRequest request, FaultRule? fault)
    {
        if (fault?.Replacement is { } replacement)
        {
            await request.DrainAsync(long.MaxValue);
            return replacement(request);
        }

        try
        {
            return await (request.Origin == HubOrigin.Endpoint ? _hub.AnswerAsync(request) : _storage.AnswerAsync(request));
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or NullReferenceException)
        {
            // A body whose parts have other types than they should.
            Report(ViolationKind.Protocol, request, exception.Message);
            return Refusal.Of(400, "Invalid body: " + exception.Message);
        }
    }

    private void Judge(ReceivedRequest request)
    {
        if (request.Header("Accept-Encoding") is not "identity")
        {
            Report(ViolationKind.AcceptEncoding, request, request.Header("Accept-Encoding") ?? "no Accept-Encoding");
        }

        if (string.IsNullOrEmpty(request.Header("User-Agent")))
        {
            Report(ViolationKind.UserAgent, request, "no User-Agent");
        }
    }

    private async Task WaitAsync(TimeSpan time, ReceivedRequest request)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(request.Context.RequestAborted, _stopping.Token);
        await Task.Delay(time, ended.Token);
    }
}
