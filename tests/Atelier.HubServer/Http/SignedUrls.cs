using System.Security.Cryptography;
using System.Text;

namespace Atelier.Testing;

/// <summary>Signs URLs of the storage, and checks that they come back exactly as they went out.</summary>
internal sealed class SignedUrls(HubServer server)
{
    private const string Mark = "&Signature=";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Signs a method, a path and a query; the result ends in the signature, which covers every character before it.</summary>
    public string Sign(string method, string origin, string path, string query)
    {
        var expires = server.Clock.GetUtcNow().Add(server.Options.SignedUrlLifetime).ToUnixTimeSeconds();
        var target = $"{path}?{query}{(query.Length == 0 ? "" : "&")}Expires={expires}&Key-Pair-Id=K24J24Z295AEI9";
        return origin + target + Mark + Signature(method, target);
    }

    /// <summary>The refusal of the request's URL, or null when it is good.</summary>
    public Reply? Check(ReceivedRequest request, string method)
    {
        var end = request.RawTarget.LastIndexOf(Mark, StringComparison.Ordinal);
        if (end < 0 || request.RawTarget[(end + Mark.Length)..] != Signature(method, request.RawTarget[..end]))
        {
            server.Report(ViolationKind.ChangedSignedUrl, request, "the signature does not cover this");
            return Refusal.Storage(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
        }

        var isExpired = server.Clock.GetUtcNow().ToUnixTimeSeconds() >= long.Parse(request.Query("Expires")!);
        return isExpired ? Expired() : null;
    }

    public static Reply Expired() => Refusal.Storage(403, "AccessDenied", "Request has expired");

    private string Signature(string method, string target) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(method + " " + target)));
}
