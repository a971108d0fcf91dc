using System.Collections;
using System.IO.Enumeration;
using Microsoft.AspNetCore.Http;

namespace Atelier.Testing;

/// <summary>All requests so far, in the order in which they came. Enumerating it takes a snapshot.</summary>
public sealed class RequestLog : IReadOnlyCollection<ReceivedRequest>
{
    private readonly Lock _lock = new();
    private readonly List<ReceivedRequest> _requests = [];
    private long _number;

    /// <summary>How many requests came.</summary>
    public int Count => Snapshot().Count;

    /// <summary>How many requests came with a method to a path.</summary>
    /// <param name="method">The method, or <c>*</c>.</param>
    /// <param name="path">The raw path; <c>*</c> stands for anything.</param>
    /// <returns>The count.</returns>
    public int CountOf(string method, string path) => Matching(method, path).Count;

    /// <summary>The requests with a method to a path.</summary>
    /// <param name="method">The method, or <c>*</c>.</param>
    /// <param name="path">The raw path; <c>*</c> stands for anything.</param>
    /// <returns>The requests, in order.</returns>
    public IReadOnlyList<ReceivedRequest> Matching(string method, string path) => [.. Snapshot().Where(request => IsMatch(request, method, path))];

    /// <summary>The requests to an origin.</summary>
    /// <param name="origin">The origin.</param>
    /// <returns>The requests, in order.</returns>
    public IReadOnlyList<ReceivedRequest> To(HubOrigin origin) => [.. Snapshot().Where(request => request.Origin == origin)];

    /// <summary>The requests to storage that carried an <c>Authorization</c> header: of a correct client there are none.</summary>
    /// <returns>The requests, in order.</returns>
    public IReadOnlyList<ReceivedRequest> LeakedTokens() => [.. To(HubOrigin.Storage).Where(static request => request.Authorization is not null)];

    /// <summary>The greatest number of requests that were in progress at one time.</summary>
    /// <param name="filter">Which requests count; all without it.</param>
    /// <returns>The number.</returns>
    public int MaximumConcurrency(Func<ReceivedRequest, bool>? filter = null)
    {
        var events = new List<(long Time, int Change)>();
        foreach (var request in Snapshot().Where(request => filter is null || filter(request)))
        {
            events.Add((request.Started, 1));
            events.Add((request.Finished ?? long.MaxValue, -1));
        }

        var (current, maximum) = (0, 0);
        foreach (var (_, change) in events.OrderBy(static item => item.Time).ThenBy(static item => item.Change))
        {
            current += change;
            maximum = Math.Max(maximum, current);
        }

        return maximum;
    }

    /// <summary>The sum of the bytes that were sent in bodies.</summary>
    /// <param name="origin">From which origin; from both without it.</param>
    /// <returns>The bytes.</returns>
    public long BytesSent(HubOrigin? origin = null) => Snapshot().Where(request => origin is null || request.Origin == origin).Sum(static request => request.BytesSent);

    /// <summary>Forgets all requests.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    /// <summary>The requests so far.</summary>
    /// <returns>A snapshot, in order.</returns>
    public IReadOnlyList<ReceivedRequest> Snapshot()
    {
        lock (_lock)
        {
            return [.. _requests];
        }
    }

    /// <inheritdoc/>
    public IEnumerator<ReceivedRequest> GetEnumerator() => Snapshot().GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static bool IsMatch(ReceivedRequest request, string method, string path) =>
        (method == "*" || request.Method == method) && FileSystemName.MatchesSimpleExpression(path.Replace("\\", @"\\", StringComparison.Ordinal), request.RawPath, ignoreCase: false);

    internal ReceivedRequest Add(HttpContext context, HubOrigin origin)
    {
        lock (_lock)
        {
            var request = new ReceivedRequest(context, origin, ++_number);
            _requests.Add(request);
            return request;
        }
    }
}
