namespace Atelier.Testing;

/// <summary>Answers the requests to the storage's origin, which wants no token of the hub.</summary>
internal sealed class StorageRouter(HubServer server, LfsCalls lfs)
{
    /// <summary>The first segment of verifications that are done here.</summary>
    public const string VerifyRoot = "lfs-verify";

    public async Task<Reply> AnswerAsync(ReceivedRequest request)
    {
        if (request.Authorization is not null)
        {
            server.Report(ViolationKind.TokenLeak, request, "a token came to the storage");
            await request.DrainAsync(long.MaxValue);
            return Refusal.Storage(400, "InvalidArgument", "Only one auth mechanism allowed");
        }

        return request.Segments[0] switch
        {
            DeliveryNetwork.Root => server.Network.Answer(request),
            UploadStorage.Root => await server.Uploads.StoreAsync(request),
            VerifyRoot when server.FindModel(string.Join('/', request.Segments.Skip(1))) is { } model => await lfs.VerifyAsync(request, model),
            _ => Refusal.Storage(404, "NoSuchKey", "The specified key does not exist."),
        };
    }
}
