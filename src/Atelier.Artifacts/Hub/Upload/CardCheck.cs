using System.Net;
using System.Text;
using System.Text.Json;
using Atelier.Artifacts.Hub.Http;
using Atelier.Artifacts.Hub.Listing;

namespace Atelier.Artifacts.Hub.Upload;

/// <summary>Lets the hub judge a card before anything is sent: the commit judges it too, but only after everything was uploaded.</summary>
internal sealed class CardCheck(HubWriter writer)
{
    private const int MaximumByteCount = 10_000_000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks the card among the items, if there is one.</summary>
    /// <param name="items">The items.</param>
    /// <param name="target">The repository.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A task that ends when the card was found good.</returns>
    /// <exception cref="HubException">The hub refuses the card.</exception>
    public async Task CheckAsync(IReadOnlyList<UploadItem> items, HubTarget target, CancellationToken cancellation)
    {
        if (items.FirstOrDefault(item => item.Path == LocalFiles.CardPath) is not { } card)
        {
            return;
        }

        var request = writer.Post("/api/validate-yaml", new { content = await TextAsync(card.Source, cancellation).ConfigureAwait(false), repoType = "model" }, target with { Path = LocalFiles.CardPath });
        try
        {
            using var answer = await writer.AskAsync(request, cancellation).ConfigureAwait(false);
            Messages(answer.RootElement, "warnings").ForEach(text => writer.Observer.Warn($"The hub says of the card: {text}"));
            if (Messages(answer.RootElement, "errors") is { Count: > 0 } errors)
            {
                throw new HubException(HubErrorKind.Refused, Refusal(string.Join(" ", errors)));
            }
        }
        catch (HubException exception) when (exception.Status == HttpStatusCode.BadRequest)
        {
            throw new HubException(HubErrorKind.Refused, Refusal(exception.ServerMessage ?? "it does not say why"), exception)
            {
                RequestId = exception.RequestId,
                Status = exception.Status,
                ServerMessage = exception.ServerMessage,
            };
        }
    }

    private static string Refusal(string reason) => $"The hub refuses the card README.md: {reason.TrimEnd('.')}. Correct it and try again; nothing was uploaded.";

    private List<string> Messages(JsonElement answer, string name)
        => [.. HubJson.Items(answer, name).Select(item => HubText.Shown(HubJson.Text(item, "message") ?? HubJson.Text(item) ?? item.GetRawText(), writer.Settings.Token))];

    private static async Task<string> TextAsync(UploadSource source, CancellationToken cancellation)
    {
        if (source.ByteCount > MaximumByteCount)
        {
            throw new HubException(HubErrorKind.Refused, $"The card README.md has {HubText.Bytes(source.ByteCount)}; at most {HubText.Bytes(MaximumByteCount)} are accepted.");
        }

        try
        {
            return Strict.GetString(await source.ReadAsync(cancellation).ConfigureAwait(false));
        }
        catch (DecoderFallbackException exception)
        {
            throw new HubException(HubErrorKind.Refused, "The card README.md is not valid UTF-8.", exception);
        }
    }
}
