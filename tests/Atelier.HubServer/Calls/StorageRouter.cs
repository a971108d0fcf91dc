namespace Atelier.Testing;

/// <summary>Answers the requests to the storage's origin, which wants no token of the hub.</summary>
internal sealed class StorageRouter(HubServer server)
{
    public Task<Reply> AnswerAsync(ReceivedRequest request)
    {
        if (request.Authorization is not null)
        {
            server.Report(ViolationKind.TokenLeak, request, "a token came to the storage");
            return Task.FromResult(Refusal.Storage(400, "InvalidArgument", "Only one auth mechanism allowed"));
        }

        if (request.Segments[0] == DeliveryNetwork.Root)
        {
            return Task.FromResult(server.Network.Answer(request));
        }

        return Task.FromResult(Refusal.Storage(404, "NoSuchKey", "The specified key does not exist."));
    }
}
