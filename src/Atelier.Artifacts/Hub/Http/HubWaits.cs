using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Atelier.Artifacts.Hub.Http;

/// <summary>Says how long to wait before a request is repeated.</summary>
internal static partial class HubWaits
{
    /// <summary>How often a request is repeated in a row.</summary>
    public const int MaximumRetryCount = 5;

    private const double JitterFraction = 0.25;

    /// <summary>Gives the longest wait, a little more than one window of the hub's limits.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(301);

    /// <summary>Gives the wait where the server asks for none: 1, 2, 4, 8, 8 s and up to a quarter more, so that many clients do not come back together.</summary>
    /// <param name="retry">Which repetition it is, from 0.</param>
    /// <returns>The wait.</returns>
    public static TimeSpan Planned(int retry)
    {
        var seconds = Math.Min(8, 1 << Math.Clamp(retry, 0, 3));
        var jitter = RandomNumberGenerator.GetInt32(0, 1001) / 1000.0 * JitterFraction;
        return TimeSpan.FromSeconds(seconds * (1 + jitter));
    }

    /// <summary>Reads how long the server asks to wait.</summary>
    /// <param name="headers">The headers of its answer.</param>
    /// <param name="now">The time.</param>
    /// <returns>The wait, one second more than asked so that it is certainly over, or null when it asks for none.</returns>
    public static TimeSpan? Asked(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Header(headers, "RateLimit") is { } limit && FromLimit(limit) is { } reset)
        {
            return reset + TimeSpan.FromSeconds(1);
        }

        var text = Header(headers, "Retry-After")?.Trim();
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return TimeSpan.FromSeconds(seconds + 1);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? (date > now ? date - now : TimeSpan.Zero) + TimeSpan.FromSeconds(1)
            : null;
    }

    /// <summary>Reads a header that may be written in a form that .NET does not know.</summary>
    /// <param name="headers">The headers.</param>
    /// <param name="name">The header's name.</param>
    /// <returns>Its first value, or null.</returns>
    public static string? Header(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    // "api";r=0;t=55: nothing remains, 55 seconds until the window ends. Several limits may stand in one header.
    private static TimeSpan? FromLimit(string text)
    {
        var waits = text.Split(',').Where(part => Remaining().Match(part) is { Success: true } left && left.Groups["number"].Value.Trim('0').Length == 0)
            .Select(part => Reset().Match(part)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)).ToList();
        return waits.Count == 0 ? null : TimeSpan.FromSeconds(waits.Max());
    }

    [GeneratedRegex(@";\s*r=(?<number>\d{1,9})\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Remaining();

    [GeneratedRegex(@";\s*t=(?<number>\d{1,9})\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reset();
}
