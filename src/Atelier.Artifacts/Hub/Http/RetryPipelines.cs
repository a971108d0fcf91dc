using System.Net;
using Polly;
using Polly.Retry;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Builds the strategies by which requests are repeated.</summary>
internal sealed class RetryPipelines
{
    private readonly IHubObserver _observer;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<HttpResponseMessage> _always;
    private readonly ResiliencePipeline<HttpResponseMessage> _onlyWhenRefused;

    /// <summary>Builds them.</summary>
    /// <param name="observer">Hears of waits.</param>
    /// <param name="time">Measures the waits.</param>
    public RetryPipelines(IHubObserver observer, TimeProvider time)
    {
        (_observer, _time) = (observer, time);
        _always = Build(outcome => outcome.Result is { } response ? IsPassing(response.StatusCode) : outcome.Exception is HttpRequestException exception && ConnectionFaults.IsPassing(exception));
        _onlyWhenRefused = Build(outcome => outcome.Result?.StatusCode == HttpStatusCode.TooManyRequests);
    }

    /// <summary>Says whether a status can be another one the next time.</summary>
    /// <param name="status">The status.</param>
    /// <returns>Whether asking again makes sense.</returns>
    public static bool IsPassing(HttpStatusCode status) => (int)status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>Gives the strategy for a request.</summary>
    /// <param name="request">The request as it is sent.</param>
    /// <returns>The strategy.</returns>
    public ResiliencePipeline<HttpResponseMessage> For(HttpRequestMessage request) => AttemptHandler.ArgumentsOf(request).Retries switch
    {
        HubRetries.Always => _always,
        HubRetries.OnlyWhenRefused => _onlyWhenRefused,
        _ => ResiliencePipeline<HttpResponseMessage>.Empty,
    };

    private ResiliencePipeline<HttpResponseMessage> Build(Func<Outcome<HttpResponseMessage>, bool> isPassing)
    {
        var options = new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = HubWaits.MaximumRetryCount,
            MaxDelay = HubWaits.Longest,
            ShouldHandle = arguments => ValueTask.FromResult(isPassing(arguments.Outcome)),
            DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(Wait(arguments.Outcome.Result, arguments.AttemptNumber)),
            OnRetry = arguments =>
            {
                Report(arguments);
                return ValueTask.CompletedTask;
            },
        };
        return new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _time }.AddRetry(options).Build();
    }

    private TimeSpan Wait(HttpResponseMessage? response, int retry)
    {
        var asked = response is null ? null : HubWaits.Asked(response.Headers, _time.GetUtcNow());
        var wait = asked ?? HubWaits.Planned(retry);
        return wait < HubWaits.Longest ? wait : HubWaits.Longest;
    }

    private void Report(OnRetryArguments<HttpResponseMessage> arguments)
    {
        var reason = arguments.Outcome.Result is { } response ? Reason(response) : $"the connection failed ({ConnectionFaults.Reason(arguments.Outcome.Exception!)})";
        _observer.Waiting($"{reason}; trying again", arguments.RetryDelay);
    }

    private string Reason(HttpResponseMessage response)
    {
        var host = response.RequestMessage?.RequestUri?.Host ?? "the hub";
        if (response.StatusCode != HttpStatusCode.TooManyRequests)
        {
            return $"{host} answers {(int)response.StatusCode}";
        }

        var asked = HubWaits.Asked(response.Headers, _time.GetUtcNow());
        var tooLong = asked > HubWaits.Longest ? $", asks for a wait of {asked.Value.TotalSeconds:0} s (not waiting that long)" : "";
        var advice = response.RequestMessage?.Headers.Contains("Authorization") == true ? "" : "; with a token (HF_TOKEN) the limits are higher";
        return $"{host} has had too many requests (429){tooLong}{advice}";
    }
}
