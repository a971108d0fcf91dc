namespace Atelier.Testing;

/// <summary>A user's token.</summary>
/// <param name="Text">The token itself.</param>
/// <param name="Role">What it allows.</param>
public sealed record AccessToken(string Text, TokenRole Role)
{
    /// <summary>Its name on the hub.</summary>
    /// <value>Default: <c>laptop</c>.</value>
    public string DisplayName { get; init; } = "laptop";

    /// <summary>For a fine-grained token: whether its scopes include writing.</summary>
    /// <value>Default: false.</value>
    public bool AllowsWriting { get; init; }

    /// <summary>For a fine-grained token: whether its scopes include gated models of others.</summary>
    /// <value>Default: false.</value>
    public bool AllowsGated { get; init; }

    internal bool CanWrite => Role == TokenRole.Write || (Role == TokenRole.FineGrained && AllowsWriting);

    internal bool CanReadGated => Role != TokenRole.FineGrained || AllowsGated;
}
