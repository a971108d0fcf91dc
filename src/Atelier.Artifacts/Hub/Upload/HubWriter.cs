using System.Text.Json;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Holds what all steps of an upload need, and sends the calls that change something.</summary>
internal sealed class HubWriter(HubSettings settings, HubTransport transport, HubReader reader, IHubObserver observer, TimeProvider time)
{
    /// <summary>The type of the calls about large files, and of their answers.</summary>
    public const string LfsType = "application/vnd.git-lfs+json";

    /// <summary>Gives the settings.</summary>
    public HubSettings Settings => settings;

    /// <summary>Asks the hub what there is.</summary>
    public HubReader Reader => reader;

    /// <summary>Hears of progress.</summary>
    public IHubObserver Observer => observer;

    /// <summary>Makes a call with a body of JSON.</summary>
    /// <param name="path">Path and query, encoded.</param>
    /// <param name="body">The body, to be serialized.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>The request.</returns>
    public HubRequest Post(string path, object body, HubTarget target)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(body);
        return Question(reader.Address(path), target) with { Method = HttpMethod.Post, Body = _ => HubReader.Json(content) };
    }

    /// <summary>Makes a call about large files, to an address that the hub gave or its own.</summary>
    /// <param name="address">The address.</param>
    /// <param name="body">The body, to be serialized.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>The request.</returns>
    public HubRequest PostLfs(Uri address, object body, HubTarget target)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(body);
        return Question(address, target) with { Method = HttpMethod.Post, Body = _ => Typed(content), Headers = [new("Accept", LfsType)] };
    }

    /// <summary>Makes a request with the arguments that all of an upload have.</summary>
    /// <param name="address">The address.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>The request.</returns>
    public HubRequest Question(Uri address, HubTarget target) => new()
    {
        Address = address,
        Timeout = settings.WriteTimeout > settings.DownloadTimeout ? settings.WriteTimeout : settings.DownloadTimeout,
        Target = target,
        IsWrite = true,
    };

    /// <summary>Sends a request whose answer says nothing that matters.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A task that ends with a success.</returns>
    public async Task SendAsync(HubRequest request, CancellationToken cancellation)
    {
        using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a request and gives a header of the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The header's name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The header, or null.</returns>
    public async Task<string?> SendForHeaderAsync(HubRequest request, string name, CancellationToken cancellation)
    {
        using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
        return HubWaits.Header(response.Headers, name);
    }

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The answer, owned by the caller.</returns>
    public async Task<JsonDocument> AskAsync(HubRequest request, CancellationToken cancellation)
    {
        using var response = await transport.SendAsync(request, cancellation).ConfigureAwait(false);
        return await HubJson.ReadAsync(response, request.Target).ConfigureAwait(false);
    }

    /// <summary>Makes an address out of one in an answer.</summary>
    /// <param name="text">The address, which may name the public hub where the settings name a mirror.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>The address to use.</returns>
    /// <exception cref="HubException">It is no address, or would send over http what the hub is asked over https.</exception>
    public Uri Given(string text, HubTarget target)
    {
        var address = HubAddress.Exact(HubAddress.Rewritten(settings.Endpoint, text));
        var isSecure = address?.Scheme == Uri.UriSchemeHttps || settings.Endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        return address is not null && isSecure
            ? address
            : throw new HubException(HubErrorKind.Protocol, $"{settings.Endpoint} names no usable address for sending {target}. Check HF_ENDPOINT.");
    }

    /// <summary>Waits before a call is repeated.</summary>
    /// <param name="reason">What is waited for.</param>
    /// <param name="retry">Which repetition it is, from 0.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A task that ends with the wait.</returns>
    public Task WaitAsync(string reason, int retry, CancellationToken cancellation)
    {
        var delay = HubWaits.Planned(retry);
        observer.Waiting(reason, delay);
        return Task.Delay(delay, time, cancellation);
    }

    /// <summary>Makes an answer's address fit to be shown.</summary>
    /// <param name="text">The address, or null.</param>
    /// <returns>The address on the hub of the settings, or null.</returns>
    public string? Shown(string? text) => text is null ? null : HubText.Shown(HubAddress.Rewritten(settings.Endpoint, text), settings.Token);

    private static ByteArrayContent Typed(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", LfsType);
        return content;
    }
}
