using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Atelier.Artifacts.Hub.Cache;
using Atelier.Artifacts.Hub.Http;

namespace Atelier.Artifacts.Hub.Download;

/// <summary>
/// Brings one content here, whatever happens on the way: what is on disk is kept, the rest is asked for, until the size is right and the hash agrees.
/// </summary>
internal sealed partial class FileTransfer(HubSettings settings, HubTransport transport, IHubObserver observer, TimeProvider time)
{
    private const int MaximumIdleTryCount = 5;
    private const int MaximumStaleCount = 3;
    private const int MaximumWrongCount = 2;

    // So much progress that asking again at once is no burden to anybody.
    private const int LargeProgress = 1 << 20;

    /// <summary>Brings it.</summary>
    /// <param name="request">What and where to.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <returns>A task that ends when the partial file holds the verified content.</returns>
    /// <exception cref="HubException">The content did not come, or is not what it should be.</exception>
    public async Task FetchAsync(TransferRequest request, CancellationToken cancellation)
    {
        using var file = await Task.Run(() => PartialFile.Open(request.PartialPath, request.Metadata.ContentId, request.Metadata.ByteCount, cancellation), cancellation).ConfigureAwait(false);
        observer.FileStarted(request.Path, request.Metadata.ByteCount, file.Position);
        for (var wrongCount = 1; ; wrongCount++)
        {
            await FillAsync(request, file, cancellation).ConfigureAwait(false);
            if (IsRight(request, file, cancellation))
            {
                file.Flush();
                return;
            }

            Restart(request, file);
            if (wrongCount == MaximumWrongCount)
            {
                CacheFiles.DeleteQuietly(request.PartialPath);
                throw new HubException(HubErrorKind.Mismatch, $"{request.Target} came with a content whose hash is not {request.Metadata.ContentId}, twice. Nothing was kept: the server or a proxy on the way is broken.");
            }
        }
    }

    private static bool IsRight(TransferRequest request, PartialFile file, CancellationToken cancellation)
        => file.Matches() && (!DiskFaults.IsShared(Path.GetDirectoryName(request.PartialPath)!) || file.MatchesOnDisk(cancellation));

    private async Task FillAsync(TransferRequest request, PartialFile file, CancellationToken cancellation)
    {
        var (idleCount, staleCount) = (0, 0);
        var best = file.Position; // what came again is no progress
        while (!file.IsFull)
        {
            Exception? cause = null;
            try
            {
                await FetchRestAsync(request, file, isLastWord: idleCount > 0, cancellation).ConfigureAwait(false);
            }
            catch (HubException exception) when (exception.Kind == HubErrorKind.Expired && ++staleCount <= MaximumStaleCount)
            {
                cause = exception;
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException)
            {
                cause = exception;
            }

            var progress = file.Position - best;
            if (progress > 0)
            {
                (idleCount, staleCount, best) = (0, 0, file.Position);
            }
            else if (++idleCount == MaximumIdleTryCount && !file.IsFull)
            {
                throw new HubException(HubErrorKind.Network, $"The transfer of {request.Target} broke off {MaximumIdleTryCount} times in a row without a new byte ({Reason(cause)}). What has arrived ({HubText.Bytes(file.Position)}) stays: the next try goes on from there.", cause);
            }

            if (!file.IsFull && progress < LargeProgress)
            {
                await WaitAsync(request, Math.Max(0, idleCount - 1), cause, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task WaitAsync(TransferRequest request, int retry, Exception? cause, CancellationToken cancellation)
    {
        var wait = HubWaits.Planned(retry);
        observer.Waiting($"the transfer of '{HubText.Shown(request.Path, 100)}' broke off ({Reason(cause)}); going on", wait);
        await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
    }

    private static string Reason(Exception? cause) => cause is null ? "it ended early" : ConnectionFaults.Reason(cause);

    private async Task FetchRestAsync(TransferRequest request, PartialFile file, bool isLastWord, CancellationToken cancellation)
    {
        var question = new HubRequest
        {
            Address = request.Address,
            Target = request.Target,
            Timeout = settings.DownloadTimeout,
            Redirects = HubRedirects.Follow,
            IsStreamed = true,
            Headers = file.Position > 0 ? [new("Range", string.Create(CultureInfo.InvariantCulture, $"bytes={file.Position}-"))] : [],
        };
        using var response = await transport.SendAsync(question, cancellation).ConfigureAwait(false);
        if (!isLastWord && IsPage(response, request.Metadata.ByteCount))
        {
            throw new IOException("the answer is a web page and not the file, perhaps of a login");
        }

        if (!IsUsable(response, request, file))
        {
            Restart(request, file);
            return;
        }

        var source = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var body = Decoded(response, source);
        using var timer = new SilenceTimer(settings.DownloadTimeout);
        using var pump = new BodyPump(file, count => observer.FileAdvanced(request.Path, count));
        await pump.MoveAsync(body, file.MissingByteCount, timer, cancellation).ConfigureAwait(false);
    }

    // A portal or a proxy on the way answers like this. What has arrived is worth one more question before it is given up for it.
    private static bool IsPage(HttpResponseMessage response, long byteCount)
        => response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentLength != byteCount && HubWaits.Header(response.Content.Headers, "Content-Type") is { } type && type.StartsWith("text/html", StringComparison.OrdinalIgnoreCase);

    // False: what is on disk does not go with what the server has. Restarting loses bytes and never rightness.
    private bool IsUsable(HttpResponseMessage response, TransferRequest request, PartialFile file)
    {
        var isEncoded = Encoding(response) is not null;
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                var range = ContentRange().Match(HubWaits.Header(response.Content.Headers, "Content-Range") ?? "");
                return range.Success && !isEncoded && Number(range, "from") == file.Position && (range.Groups["total"].Value == "*" || Number(range, "total") == request.Metadata.ByteCount);
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return false;
            default:
                if (file.Position > 0)
                {
                    Restart(request, file);
                }

                return true;
        }
    }

    private void Restart(TransferRequest request, PartialFile file)
    {
        file.Restart();
        observer.FileAdvanced(request.Path, 0);
    }

    private static long? Number(Match match, string group) => long.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Encoding(HttpResponseMessage response)
        => HubWaits.Header(response.Content.Headers, "Content-Encoding")?.Trim().ToLowerInvariant() is { Length: > 0 } text and not "identity" ? text : null;

    // It was not asked for, but some servers compress whatever they send.
    private static Stream Decoded(HttpResponseMessage response, Stream source) => Encoding(response) switch
    {
        null => source,
        "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
        "deflate" => new ZLibStream(source, CompressionMode.Decompress),
        "br" => new BrotliStream(source, CompressionMode.Decompress),
        var other => throw new HttpRequestException(HttpRequestError.InvalidResponse, $"the file came encoded as '{HubText.Shown(other, 40)}', which was not asked for"),
    };

    [GeneratedRegex(@"^\s*bytes\s+(?<from>\d{1,18})-(?<to>\d{1,18})/(?<total>\d{1,18}|\*)\s*$", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContentRange();
}
