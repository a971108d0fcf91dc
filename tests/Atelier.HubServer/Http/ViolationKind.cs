namespace Atelier.Testing;

/// <summary>What a client must not do.</summary>
public enum ViolationKind
{
    /// <summary>An <c>Authorization</c> header came to the delivery network or the storage.</summary>
    TokenLeak,

    /// <summary>An upload to storage came with chunked encoding, or without a length.</summary>
    UploadWithoutLength,

    /// <summary>An upload to storage came with a <c>Content-Type</c>.</summary>
    UploadWithContentType,

    /// <summary>An empty file came to storage as an LFS object.</summary>
    EmptyUpload,

    /// <summary>A signed URL came back changed, or never was one.</summary>
    ChangedSignedUrl,

    /// <summary>The query of a relative redirect was dropped.</summary>
    LostRedirectQuery,

    /// <summary>A request did not ask for <c>Accept-Encoding: identity</c>.</summary>
    AcceptEncoding,

    /// <summary>A request had no <c>User-Agent</c>.</summary>
    UserAgent,

    /// <summary>The pointer text was asked for by <c>/raw/</c>.</summary>
    RawFile,

    /// <summary>Headers or body of a call were not as the protocol says.</summary>
    Protocol,
}
