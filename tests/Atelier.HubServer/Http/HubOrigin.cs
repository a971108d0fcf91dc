namespace Atelier.Testing;

/// <summary>Which of the server's origins a request came to.</summary>
public enum HubOrigin
{
    /// <summary>The hub itself, the value for <c>HF_ENDPOINT</c>.</summary>
    Endpoint,

    /// <summary>The delivery network and the object storage, on a port of their own.</summary>
    Storage,
}
