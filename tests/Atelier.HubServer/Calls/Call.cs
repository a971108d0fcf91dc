namespace Atelier.Testing;

/// <summary>A request to the hub with whose it is.</summary>
/// <param name="Request">The request.</param>
/// <param name="User">The token's owner; null without a token.</param>
/// <param name="Token">The token; null without one.</param>
internal sealed record Call(ReceivedRequest Request, HostedUser? User, AccessToken? Token);
