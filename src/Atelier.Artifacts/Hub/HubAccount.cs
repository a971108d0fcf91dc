namespace Atelier.Artifacts.Hub;

/// <summary>Says whom a token belongs to.</summary>
/// <param name="Name">The user or organisation.</param>
/// <param name="Role">What the token may do: <c>read</c>, <c>write</c> or <c>fineGrained</c>; null when the hub does not say.</param>
/// <param name="TokenName">The name that its owner gave to the token, or null.</param>
/// <param name="Organizations">The organisations that the user belongs to.</param>
public sealed record HubAccount(string Name, string? Role, string? TokenName, IReadOnlyList<string> Organizations);
