using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net.Http.Headers;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>
/// Sends one try of a request: decides whether the token goes along, limits the wait for the answer, and reads bodies that are questions' answers, so that one that breaks off is repeated like any other failure.
/// </summary>
internal sealed class AttemptHandler(HubSettings settings, IHubObserver observer) : DelegatingHandler
{
    /// <summary>The most that is read of an answer that reports an error.</summary>
    public const int MaximumErrorByteCount = 65_536;

    private static readonly HttpRequestOptionsKey<HubRequest> ArgumentsKey = new("atelier.arguments");
    private static readonly HttpRequestOptionsKey<SilenceTimer> TimerKey = new("atelier.timer");

    private readonly string _origin = HubAddress.Origin(new Uri(settings.Endpoint));
    private readonly ConcurrentDictionary<string, bool> _topics = new(StringComparer.Ordinal);

    /// <summary>Ties the arguments to a request.</summary>
    /// <param name="message">The request as it is sent.</param>
    /// <param name="request">Its arguments.</param>
    /// <param name="timer">Its timer.</param>
    public static void Tie(HttpRequestMessage message, HubRequest request, SilenceTimer timer)
    {
        message.Options.Set(ArgumentsKey, request);
        message.Options.Set(TimerKey, timer);
    }

    /// <summary>Gives the arguments of a request.</summary>
    /// <param name="message">The request as it is sent.</param>
    /// <returns>The arguments.</returns>
    public static HubRequest ArgumentsOf(HttpRequestMessage message)
        => message.Options.TryGetValue(ArgumentsKey, out var request) ? request : throw new InvalidOperationException("The request has no arguments.");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var arguments = ArgumentsOf(request);
        request.Options.TryGetValue(TimerKey, out var timer);
        Authorize(request, arguments);
        var wait = timer!.Start(cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, wait).ConfigureAwait(false);
            timer.Restart();
            Warn(response.Headers);
            if (request.Method != HttpMethod.Head && (!arguments.IsStreamed || !response.IsSuccessStatusCode))
            {
                await ReadAsync(response, arguments.Target, timer, wait).ConfigureAwait(false);
            }

            timer.Stop();
            return response;
        }
        catch (OperationCanceledException exception)
        {
            response?.Dispose();
            throw timer.Explain(exception, $"no answer came from {request.RequestUri!.Host}", cancellationToken);
        }
        catch (IOException exception)
        {
            response?.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, $"the answer broke off: {exception.Message}", exception);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    // Decided here and not earlier: redirects and addresses from answers come through the same place.
    private void Authorize(HttpRequestMessage request, HubRequest arguments)
    {
        request.Headers.Remove("Authorization");
        var isAllowed = arguments.SendsToken && (arguments.IsWrite || settings.SendsTokenForReading);
        if (isAllowed && settings.Token is { } token && HubAddress.Origin(request.RequestUri!) == _origin)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token.Bearer());
        }
    }

    private void Warn(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("X-HF-Warning", out var values))
        {
            return;
        }

        foreach (var value in values)
        {
            var (topic, text) = value.Split(';', 2) is [var first, var rest] ? (first.Trim(), rest.Trim()) : ("", value.Trim());
            if (text.Length > 0 && _topics.TryAdd(topic, value: true))
            {
                observer.Warn($"The hub says: {HubText.Shown(text, settings.Token)}");
            }
        }
    }

    private static async Task ReadAsync(HttpResponseMessage response, HubTarget target, SilenceTimer timer, CancellationToken wait)
    {
        var isError = !response.IsSuccessStatusCode;
        var maximum = isError ? MaximumErrorByteCount : HubRequest.DefaultMaximumByteCount;
        var source = await response.Content.ReadAsStreamAsync(wait).ConfigureAwait(false);
        await using var plain = Decoded(response, target, source);
        var body = new MemoryStream();
        var buffer = new byte[16_384];
        while (body.Length < maximum)
        {
            var count = await ReadSomeAsync(plain, buffer, isError, wait).ConfigureAwait(false);
            if (count == 0)
            {
                Replace(response, body);
                return;
            }

            timer.Restart();
            body.Write(buffer, 0, (int)Math.Min(count, maximum - body.Length));
        }

        if (!isError)
        {
            throw new HubException(HubErrorKind.Protocol, $"{response.RequestMessage!.RequestUri!.Host} answers {target} with more than {HubText.Bytes(maximum)}: that is not a hub. Check HF_ENDPOINT.");
        }

        Replace(response, body);
    }

    // What an error's body says is welcome, but its status is known already.
    private static async ValueTask<int> ReadSomeAsync(Stream stream, byte[] buffer, bool isError, CancellationToken wait)
    {
        try
        {
            return await stream.ReadAsync(buffer, wait).ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            return isError ? 0 : throw new IOException(exception.Message, exception);
        }
        catch (IOException) when (isError)
        {
            return 0;
        }
    }

    private static Stream Decoded(HttpResponseMessage response, HubTarget target, Stream source)
        => HubWaits.Header(response.Content.Headers, "Content-Encoding")?.Trim().ToLowerInvariant() switch
        {
            null or "" or "identity" => source,
            "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
            "deflate" => new ZLibStream(source, CompressionMode.Decompress),
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            _ when !response.IsSuccessStatusCode => Stream.Null,
            var other => throw new HubException(HubErrorKind.Protocol, $"{response.RequestMessage!.RequestUri!.Host} answers {target} encoded as '{HubText.Shown(other, 40)}', which was not asked for: that is not a hub. Check HF_ENDPOINT."),
        };

    private static void Replace(HttpResponseMessage response, MemoryStream body)
    {
        var read = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            if (name != "Content-Length")
            {
                read.Headers.TryAddWithoutValidation(name, values);
            }
        }

        response.Content.Dispose();
        response.Content = read;
    }
}
