using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Atelier.Testing;

/// <summary>The object storage: takes uploads by signed URLs, as S3 does.</summary>
internal sealed class UploadStorage(HubServer server, SignedUrls urls) : IDisposable
{
    /// <summary>The first segment of its paths.</summary>
    public const string Root = "lfs-uploads";

    /// <summary>The path of completions, on the hub.</summary>
    public const string CompletionPath = "/api/complete_multipart";

    private readonly ConcurrentDictionary<string, Upload> _uploads = new(StringComparer.Ordinal);
    private readonly UploadSpool _spool = new();
    private int _number;

    private bool IsPlain => server.Options.SignedUrlStyle == SignedUrlStyle.Plain;

    public void Dispose() => _spool.Dispose();

    /// <summary>Begins an upload, and describes the client's part of it.</summary>
    public JsonObject Begin(HostedModel model, string oid, long size, bool isMultipart)
    {
        var upload = new Upload($"{Interlocked.Increment(ref _number)}-{oid[..8]}", model, oid, size, isMultipart ? server.Options.ChunkSize : 0);
        _uploads[upload.Id] = upload;
        if (!isMultipart)
        {
            return new JsonObject { ["href"] = PartUrl(upload, 0) };
        }

        var header = new JsonObject { ["chunk_size"] = $"{upload.ChunkSize}" };
        for (var part = 1; part <= upload.PartCount; part++)
        {
            header[$"{part:00000}"] = PartUrl(upload, part);
        }

        return new JsonObject { ["href"] = urls.Sign("POST", server.ClaimedEndpoint, CompletionPath, $"uploadId={upload.Id}&bucket=hf-hub-lfs&{(IsPlain ? "prefix=repos%2F" : "%70refix=repos%2f")}{oid[..2]}"), ["header"] = header };
    }

    /// <summary>Answers a <c>PUT</c>.</summary>
    public async Task<Reply> StoreAsync(ReceivedRequest request)
    {
        if (urls.Check(request, "PUT") is { } refusal)
        {
            return refusal;
        }

        var part = int.Parse(request.Query("partNumber") ?? "0");
        if (request.Method != "PUT" || !_uploads.TryGetValue(request.Query("uploadId") ?? "", out var upload))
        {
            return Refusal.Storage(404, "NoSuchUpload", "The specified upload does not exist.");
        }

        if (Judge(request, upload.LengthOf(part)) is { } wrong)
        {
            await request.DrainAsync(long.MaxValue);
            return wrong;
        }

        var (content, md5) = await _spool.ReceiveAsync(request, upload.LengthOf(part), server.Options.DropsUploadedContent);
        var etag = $"\"{md5}\"";
        upload.Store(part, content, etag);
        return new Reply(200).With("ETag", etag);
    }

    /// <summary>Answers a completion.</summary>
    public async Task<Reply> CompleteAsync(ReceivedRequest request)
    {
        if (urls.Check(request, "POST") is not null || !_uploads.TryGetValue(request.Query("uploadId") ?? "", out var upload))
        {
            return Refusal.Of(403, "Invalid signature");
        }

        LfsCalls.JudgeHeaders(server, request);
        var body = await request.ReadJsonAsync();
        if ((string?)body?["oid"] != upload.Oid || body["parts"] is not JsonArray list)
        {
            return Refusal.Of(400, "Invalid body: oid and parts are required");
        }

        var parts = list.Select(static part => ((int)part!["partNumber"]!, (string)part["etag"]!)).ToList();
        return upload.Complete(parts, server.Options.DropsUploadedContent) is { } error ? Refusal.Of(error.StartsWith("NoSuch", StringComparison.Ordinal) ? 404 : 400, error) : Reply.Json(new JsonObject());
    }

    private string PartUrl(Upload upload, int part) => urls.Sign(
        "PUT",
        server.StorageOrigin,
        $"/{Root}/repos/{upload.Oid[..2]}/{upload.Oid}",
        $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA{(IsPlain ? "%2F" : "%2f")}20260301%2Fus-east-1%2Fs3%2Faws4_request&uploadId={upload.Id}" + (part == 0 ? "" : $"&partNumber={part}"));

    private Reply? Judge(ReceivedRequest request, long length)
    {
        if (request.Header("Transfer-Encoding") is not null || request.Header("Content-Length") is not { } announced)
        {
            server.Report(ViolationKind.UploadWithoutLength, request, "the storage takes no body without its length");
            return Refusal.Storage(501, "NotImplemented", "A header you provided implies functionality that is not implemented");
        }

        if (announced == "0")
        {
            server.Report(ViolationKind.EmptyUpload, request, "the storage takes no empty object");
            return Refusal.Storage(501, "NotImplemented", "A header you provided implies functionality that is not implemented");
        }

        if (request.Header("Content-Type") is { } type)
        {
            server.Report(ViolationKind.UploadWithContentType, request, type);
            return Refusal.Storage(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
        }

        if (announced != $"{length}")
        {
            server.Report(ViolationKind.Protocol, request, $"{announced} bytes where {length} were signed");
            return Refusal.Storage(400, "EntityTooLarge", $"The proposed upload has {announced} bytes where {length} were signed");
        }

        return null;
    }
}
