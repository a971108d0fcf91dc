using Microsoft.Extensions.Http.Resilience;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Sends requests and follows redirects by hand, by the hub's rules.</summary>
internal sealed class HubTransport : IDisposable
{
    private const int MaximumRedirectCount = 10;

    private readonly HubSettings _settings;
    private readonly HubErrors _errors;
    private readonly Lazy<HttpMessageInvoker> _invoker;
    private readonly string _origin;

    /// <summary>Creates the way to the hub.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="observer">Hears of waits and warnings.</param>
    /// <param name="time">Measures waits between tries.</param>
    public HubTransport(HubSettings settings, IHubObserver observer, TimeProvider time)
    {
        _settings = settings;
        _errors = new HubErrors(settings);
        _origin = HubAddress.Origin(new Uri(settings.Endpoint));

        // Where the cache has everything, no connection is made ready: that would cost more than reading the cache.
        _invoker = new Lazy<HttpMessageInvoker>(() => Build(settings, observer, time));
    }

    /// <summary>Asks, and gives an answer that is a success, a "not modified", for a transfer "nothing left" (416), or the redirect that was asked for.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The answer, owned by the caller.</returns>
    /// <exception cref="HubException">There was no answer, or a refusal, or a redirect that must not be followed; or offline mode forbids the request.</exception>
    public async Task<HttpResponseMessage> SendAsync(HubRequest request, CancellationToken cancellation)
    {
        if (_settings.OfflineReason is { } reason)
        {
            throw new HubException(HubErrorKind.Offline, $"{request.Target} needs a request, and {reason} forbids requests: unset it to go online.");
        }

        var address = request.Address;
        for (var hop = 0; hop <= MaximumRedirectCount; hop++)
        {
            var response = await SendOnceAsync(request, address, cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || (int)response.StatusCode == 304 || (request.IsStreamed && (int)response.StatusCode == 416))
            {
                return response;
            }

            if (!IsRedirect(response))
            {
                using (response)
                {
                    throw await _errors.FromAsync(response, request).ConfigureAwait(false);
                }
            }

            if (Next(request, response, address) is not { } next)
            {
                return response;
            }

            response.Dispose();
            address = next;
        }

        throw Refused(request, address, $"more than {MaximumRedirectCount} redirects");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_invoker.IsValueCreated)
        {
            _invoker.Value.Dispose();
        }
    }

    private static HttpMessageInvoker Build(HubSettings settings, IHubObserver observer, TimeProvider time)
    {
        var attempts = new AttemptHandler(settings, observer) { InnerHandler = HubHandlers.Create(settings) };
        return new HttpMessageInvoker(new ResilienceHandler(new RetryPipelines(observer, time).For) { InnerHandler = attempts });
    }

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private async Task<HttpResponseMessage> SendOnceAsync(HubRequest request, Uri address, CancellationToken cancellation)
    {
        using var timer = new SilenceTimer(request.Timeout);
        var message = new HttpRequestMessage(request.Method, address) { Content = request.Body?.Invoke(timer) };
        message.Headers.TryAddWithoutValidation("User-Agent", _settings.UserAgent);
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in request.Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        AttemptHandler.Tie(message, request, timer);
        try
        {
            return await _invoker.Value.SendAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw ConnectionFaults.Explain(exception, address, request.Target, _settings.Proxy?.GetProxy(address));
        }
        finally
        {
            message.Content?.Dispose();
        }
    }

    // Null: this answer itself is what was asked for.
    private Uri? Next(HubRequest request, HttpResponseMessage response, Uri address)
    {
        using var closing = new Closing(response);
        var location = HubWaits.Header(response.Headers, "Location");
        var next = location is null ? null : HubAddress.Follow(address, location);
        if (next is null)
        {
            throw Refused(request, address, "a redirect without a usable address");
        }

        if (address.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
        {
            throw Refused(request, address, $"a redirect from https to {HubAddress.Shown(next, _settings.Token)}");
        }

        var isLeaving = HubAddress.Origin(next) != HubAddress.Origin(address);
        if (!isLeaving || request.Redirects == HubRedirects.Follow)
        {
            return next;
        }

        if (request.Redirects == HubRedirects.StopAtStorage && HasMetadata(response))
        {
            closing.Keep();
            return null;
        }

        return HubAddress.Origin(address) == _origin && HubAddress.Origin(next) == HubAddress.Origin(new Uri(HubSettings.DefaultEndpoint))
            ? next
            : throw Refused(request, address, $"a redirect to {HubAddress.Shown(next, _settings.Token)}, which is another server");
    }

    private static bool HasMetadata(HttpResponseMessage response)
        => response.Headers.NonValidated.Contains("X-Repo-Commit") && (response.Headers.NonValidated.Contains("X-Linked-Etag") || response.Headers.NonValidated.Contains("ETag"));

    private HubException Refused(HubRequest request, Uri address, string what)
        => new(HubErrorKind.Protocol, $"{HubAddress.Shown(address, _settings.Token)} answers {request.Target} with {what}. That is not how {_settings.Endpoint} should answer: check HF_ENDPOINT and the network (a login page?).");

    // An answer that is not handed on is closed, whatever stops its reading.
    private sealed class Closing(HttpResponseMessage response) : IDisposable
    {
        private bool _isKept;

        public void Keep() => _isKept = true;

        public void Dispose()
        {
            if (!_isKept)
            {
                response.Dispose();
            }
        }
    }
}
